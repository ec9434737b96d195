extension VaultState {
    /// The path without empty segments and dots, as the server's multiplexer wants to have it.
    static func cleaned(_ path: String) -> String {
        var previous: UInt8 = 0
        let isClean = path.utf8.allSatisfy { byte in
            defer { previous = byte }
            return byte != UInt8(ascii: ".") && (byte != UInt8(ascii: "/") || previous != byte)
        }
        guard !isClean else { return path }
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let clean = "/" + segments.joined(separator: "/")
        return path.hasSuffix("/") && clean != "/" ? clean + "/" : clean
    }

    static func redirect(
        _ status: Int,
        _ reason: String,
        _ path: String,
        _ query: Substring,
        _ method: String
    ) -> DoubleAnswer {
        let location = PercentCoding.encode(path) + (query.isEmpty ? "" : "?" + query)
        guard method == "GET" || method == "HEAD" else {
            return DoubleAnswer(status: status, headers: [("Location", location)])
        }
        return DoubleAnswer(
            status: status,
            headers: [("Content-Type", "text/html; charset=utf-8"), ("Location", location)],
            body: Array("<a href=\"\(location)\">\(reason)</a>.\n\n".utf8)
        )
    }
}
