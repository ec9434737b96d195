/// What verifying a log found.
package struct AuditVerification: Sendable, Equatable {
    /// A line of a day's file.
    package struct Place: Sendable, Equatable {
        package let file: String

        /// The number of the line, from 1.
        package let line: Int
    }

    /// Something that shows that the log is not what Janee wrote.
    package struct Problem: Sendable, Equatable {
        package enum Kind: String, Sendable {
            /// A line was changed.
            case changed

            /// Records are not there any more.
            case missing

            /// A record is not where it was written.
            case misplaced

            /// A record does not continue the one before it.
            case unlinked

            /// The head file is missing, damaged, or does not belong to these files.
            case head
        }

        package let kind: Kind
        package let file: String

        /// The number of the line, from 1; nil if it concerns the whole file.
        package let line: Int?

        /// The sequence number of the record; nil if it is not known which record it is or was.
        package internal(set) var sequence: UInt64?

        /// What is wrong, as a part of a sentence.
        package let message: String
    }

    /// How many problems, gaps and places are listed; all are counted.
    package static let mostListed = 100

    /// The sound records of the chain.
    package internal(set) var chainedRecords = 0
    package internal(set) var firstSequence: UInt64?
    package internal(set) var lastSequence: UInt64?

    /// Lines that are not part of the chain, as Janee 0.16 writes them, and where the first few are.
    package internal(set) var unchainedLines = 0
    package internal(set) var firstUnchained: [Place] = []

    /// The files in which unfinished ends of day files were set aside.
    package internal(set) var quarantinedFiles: [String] = []

    /// How often a writer mended the log after a crash, which is no problem.
    package internal(set) var recoveries = 0

    /// Where writers found that records were lost or changed.
    package internal(set) var gapCount = 0
    package internal(set) var gaps: [Place] = []

    package internal(set) var problemCount = 0
    package internal(set) var problems: [Problem] = []

    /// What is worth knowing but is no problem.
    package internal(set) var notes: [String] = []

    /// Whether every record since the first one is there as it was written.
    package var isIntact: Bool {
        problemCount == 0 && gapCount == 0
    }
}

extension AuditVerification.Place: CustomStringConvertible {
    package var description: String {
        "\(file):\(line)"
    }
}

extension AuditVerification.Problem: CustomStringConvertible {
    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        let record = sequence.map { "record \($0) " } ?? ""
        return "\(place): \(record)\(message)"
    }
}
