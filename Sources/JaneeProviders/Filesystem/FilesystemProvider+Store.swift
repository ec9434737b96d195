import JaneeFiles
import JaneeSecrets

extension FilesystemProvider {
    /// How often a write starts again because a directory on its way disappeared.
    private static let writeAttempts = 16

    /// Refuses a store that others can write, or that is none; answers what else is wrong with it.
    @discardableResult
    func examine() throws(SecretError) -> [PathTrust.Finding] {
        let findings = PathTrust.examine(path)
        if let finding = findings.first(where: \.othersCanWrite) {
            throw SecretError(
                .providerConfigInvalid,
                "the store cannot be trusted: \(finding.advice)",
                provider: name.spelling
            )
        }
        _ = try root()
        return findings
    }

    func root() throws(SecretError) -> DirectoryHandle? {
        do throws(FileError) {
            return try DirectoryHandle(path: path, followLinks: false)
        } catch {
            if error.isNotFound { return nil }
            // A refusal of our own, not of the system: the path does not lead to a directory of this provider's own.
            guard error.errorNumber == 0 else { throw wrapped(error, nil) }
            throw SecretError(
                .providerConfigInvalid,
                "the store cannot be used: \(error.reason)",
                provider: name.spelling
            )
        }
    }

    func directory(of reference: SecretReference) throws(SecretError) -> DirectoryHandle? {
        guard var directory = try root() else { return nil }
        for segment in reference.segments.dropLast() {
            let parent = directory
            let next = try located(reference) { () throws(FileError) in try parent.directory(segment) }
            guard let next else { return nil }
            directory = next
        }
        return directory
    }

    /// Writes a secret's file, making the directories above it; with `replacing: false` it must not exist.
    func write(
        _ content: [UInt8],
        to reference: SecretReference,
        replacing: Bool = true
    ) throws(FileError) {
        for _ in 0..<Self.writeAttempts {
            do throws(FileError) {
                if try writeOnce(content, to: reference, replacing: replacing) { return }
            } catch {
                // Whoever deletes the last secret of a directory meanwhile removes the directory, too.
                guard error.isNotFound else { throw error }
            }
        }
        throw FileError("store", path, refusal: "its directory was removed again and again; try again")
    }

    /// Writes a secret's file; false if a directory on the way was removed meanwhile.
    private func writeOnce(
        _ content: [UInt8],
        to reference: SecretReference,
        replacing: Bool
    ) throws(FileError) -> Bool {
        try RegularFile.makeDirectory(path)
        var directory = try DirectoryHandle(path: path, followLinks: false)
        for segment in reference.segments.dropLast() {
            try refuseCollision(of: segment, in: directory)
            guard let next = try directory.directory(segment, create: true) else { return false }
            directory = next
        }
        try refuseCollision(of: reference.lastSegment, in: directory)
        try directory.write(content, to: reference.lastSegment, replacing: replacing)
        return true
    }

    /// Finds the secrets below a directory.
    func collect(_ directory: DirectoryHandle, prefix: String, into found: inout [SecretReference]) throws(FileError) {
        for name in try directory.names() where !name.hasPrefix(DirectoryHandle.temporaryPrefix) {
            let path = prefix + PercentEncoding.encodeSegment(name)
            switch try directory.kind(of: name) {
            case .file:
                // A file whose name is no valid path was not written by Janee and cannot be referred to.
                if let reference = try? SecretReference(path: path) { found.append(reference) }
            case .directory:
                if let next = try directory.directory(name) { try collect(next, prefix: path + "/", into: &found) }
            case .other, nil:
                continue
            }
        }
    }

    /// Refuses a name that a file system without upper and lower case would take for an existing one.
    func refuseCollision(of name: String, in directory: DirectoryHandle) throws(FileError) {
        let wanted = FoldedName(name)
        for other in try directory.names() where wanted.collides(with: other) {
            throw FileError(
                "store",
                directory.path,
                refusal: "another secret's name differs only by upper and lower case"
            )
        }
    }

    func removeEmptyDirectories(above reference: SecretReference) {
        var segments = reference.segments.dropLast()
        while let last = segments.popLast() {
            guard var directory = try? DirectoryHandle(path: path, followLinks: false) else { return }
            for segment in segments {
                guard let next = try? directory.directory(segment) else { return }
                directory = next
            }
            directory.removeIfEmpty(last)
            // Those above a directory that is still there are not empty either.
            guard (try? directory.kind(of: last)) == nil else { return }
        }
    }

    /// Runs a file operation; its error loses the path, which may be a key pasted by mistake.
    func located<Result>(
        _ reference: SecretReference,
        _ body: () throws(FileError) -> Result
    ) throws(SecretError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw wrapped(error, reference)
        }
    }

    func wrapped(_ error: FileError, _ reference: SecretReference?) -> SecretError {
        let code: SecretError.Code = error.isPermissionDenied ? .providerPermissionDenied : .providerInternalError
        return SecretError(
            code,
            "cannot \(error.operation) in the local store: \(error.reason)",
            provider: name.spelling,
            path: reference?.displayPath
        )
    }
}

extension SecretReference {
    /// The file's name; a reference always has a segment.
    var lastSegment: String { segments[segments.count - 1] }
}
