import Foundation

/// The checkout that these tests are part of, read as text.
enum Repository {
    /// `Tests/ArchitectureTests/Repository.swift` is two directories below the root.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The content of a file, empty if there is none.
    static func text(_ path: String) -> String {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path(percentEncoded: false))
    }

    /// The names in a directory, sorted.
    static func names(in path: String) -> [String] {
        let directory = root.appending(path: path).path(percentEncoded: false)
        return ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    /// The directories in a directory, sorted.
    static func directories(in path: String) -> [String] {
        names(in: path).filter { exists("\(path)/\($0)/.") }
    }

    /// The paths of all files below a directory that end in `suffix`, sorted; hidden ones are left out.
    static func files(below path: String, suffix: String) -> [String] {
        let directory = root.appending(path: path).path(percentEncoded: false)
        let all = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasSuffix(suffix) && !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
            .map { path.isEmpty ? $0 : "\(path)/\($0)" }.sorted()
    }

    /// The Swift files of a target.
    static func sources(of target: String) -> [SourceFile] {
        allSources.filter { $0.path.hasPrefix("Sources/\(target)/") }
    }

    static let targets = directories(in: "Sources")

    static let allSources = files(below: "Sources", suffix: ".swift").map(SourceFile.init)
}

/// A Swift file.
struct SourceFile: CustomStringConvertible {
    let path: String
    let lines: [Substring]
    /// The modules that the file imports.
    let imports: [String]
    /// The code without comments, by line number.
    let code: [(number: Int, line: Substring)]

    init(_ path: String) {
        self.path = path
        lines = Repository.text(path).split(separator: "\n", omittingEmptySubsequences: false)
        // Regular expressions are slow, and few lines can match.
        imports = lines.filter { $0.utf8.has("import ") }
            .compactMap { line in
                line.wholeMatch(of: /(?:@\w+ )?(?:public |package |private )?import (\w+)\s*/)
                    .map { String($0.output.1) }
            }
        code = lines.enumerated()
            .compactMap { index, line in
                let code = line.utf8.has("//") ? line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line : line
                return code.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? nil : (index + 1, code)
            }
    }

    var description: String { path }
    var text: String { lines.joined(separator: "\n") }

    /// Whether the lines above `number`, up to the declaration before, hold a comment.
    func hasComment(above number: Int) -> Bool {
        let above = lines[..<(number - 1)].reversed().prefix { !$0.allSatisfy(\.isWhitespace) }
        return above.contains { $0.drop(while: \.isWhitespace).hasPrefix("//") }
    }
}

extension Substring.UTF8View {
    /// Whether a word occurs; much faster than searching for characters.
    func has(_ word: String) -> Bool {
        let word = Array(word.utf8)
        guard let first = word.first else { return true }
        return withContiguousStorageIfAvailable { bytes in
            guard bytes.count >= word.count else { return false }
            for start in 0...bytes.count - word.count where bytes[start] == first {
                var index = 1
                while index < word.count, bytes[start + index] == word[index] { index += 1 }
                if index == word.count { return true }
            }
            return false
        } ?? true
    }
}
