/// What the command line says: `--directory DIR [--socket PATH] [--root-token TOKEN]`.
struct Options: Sendable {
    private(set) var directory = "."
    private(set) var socket: String?
    private(set) var rootToken = "root"

    init(_ arguments: some Sequence<String>) {
        var arguments = arguments.makeIterator()
        while let name = arguments.next() {
            guard let value = arguments.next() else { return }
            switch name {
            case "--directory": directory = value
            case "--socket": socket = value
            case "--root-token": rootToken = value
            default: continue
            }
        }
    }
}
