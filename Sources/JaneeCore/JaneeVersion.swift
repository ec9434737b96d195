/// The version of this program.
package enum JaneeVersion {
    package static let current = "1.0.0-alpha.1"
}
