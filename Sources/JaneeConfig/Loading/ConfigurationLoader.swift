import JaneeFiles
package import JaneeSecrets

/// Reads a configuration file strictly: every problem of the file is found in one go, and nothing is guessed.
package struct ConfigurationLoader: Sendable {
    let schema: ConfigurationSchema
    let substitution: SubstitutionSource

    package init(schema: ConfigurationSchema, substitution: SubstitutionSource) {
        self.schema = schema
        self.substitution = substitution
    }

    /// Loads the file at `path`.
    ///
    /// - Parameter credentials: Where Janee 0.16 keeps its secrets, if it wrote the home.
    /// - Throws: Every problem of the file, or that it cannot be read or must not be trusted.
    package func load(_ path: String, credentials: String? = nil) throws(ConfigurationError) -> Configuration {
        var trust: [ConfigProblem] = []
        for finding in PathTrust.examine(path) {
            trust.append(
                ConfigProblem(finding.othersCanWrite ? .error : .warning, at: .start, field: "", finding.advice)
            )
        }
        guard !trust.contains(where: { $0.severity == .error }) else {
            throw ConfigurationError(file: path, problems: trust)
        }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try RegularFile.read(path, limit: YAMLReader.maximumBytes, followLinks: true)
        } catch {
            throw error.isNotFound
                ? ConfigurationError(notFound: path)
                : ConfigurationError(file: path, problems: [ConfigProblem(at: .start, field: "", error.description)])
        }
        var legacy: LegacyCredentials?
        do throws(LegacyCredentialsError) {
            legacy = try credentials.flatMap { path throws(LegacyCredentialsError) in try LegacyCredentials.read(path) }
        } catch {
            trust.append(ConfigProblem(at: .start, field: "", error.description))
        }
        return try parse(bytes, path: path, credentials: legacy, earlier: trust)
    }

    /// Checks the content of a file.
    package func parse(
        _ bytes: [UInt8],
        path: String,
        credentials: LegacyCredentials? = nil,
        earlier: [ConfigProblem] = []
    ) throws(ConfigurationError) -> Configuration {
        let root: ConfigNode
        var earlier = earlier
        do throws(ConfigProblem) {
            let repeated: [ConfigProblem]
            (root, repeated) = try YAMLReader.read(bytes)
            earlier += repeated
        } catch {
            throw ConfigurationError(file: path, problems: earlier + [error])
        }
        var decoder = ConfigurationDecoder(schema: schema, substitution: substitution, credentials: credentials)
        let configuration = decoder.decode(root, path: path, earlier: earlier)
        guard let configuration, !earlier.contains(where: { $0.severity == .error }) else {
            throw ConfigurationError(file: path, problems: earlier + decoder.problems)
        }
        return configuration
    }
}

/// A configuration that cannot be used.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    package let file: String
    /// All problems, in file order, errors and warnings.
    package let problems: [ConfigProblem]
    /// Whether there is no such file at all.
    package let isNotFound: Bool

    package init(file: String, problems: [ConfigProblem]) {
        self.file = file
        self.problems = problems.sorted { $0.position < $1.position }
        isNotFound = false
    }

    init(notFound file: String) {
        self.file = file
        problems = [ConfigProblem(at: .start, field: "", "the file does not exist; run 'janee init'")]
        isNotFound = true
    }

    /// One line a problem: `file:line:column: error CODE field: message`.
    package var description: String {
        problems.map { $0.line(in: file) }.joined(separator: "\n")
    }
}

extension ConfigProblem {
    /// The problem as compilers print theirs.
    package func line(in file: String) -> String {
        let subject = field.isEmpty ? "" : "\(field): "
        return "\(file):\(position.line):\(position.column): \(severity.rawValue) \(code): \(subject)\(message)"
    }
}
