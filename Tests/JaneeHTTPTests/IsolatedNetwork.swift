import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A network of this process alone, in which addresses that no test may reach lead to this machine.
///
/// It is a network namespace of Linux. A test that needs one belongs to a suite that is enabled in one only;
/// `IsolatedNetworkTests` runs these suites again in a process that has one.
enum IsolatedNetwork {
    /// The addresses that the loopback device has in it, besides its own.
    static let addresses = [
        "169.254.169.254", "169.254.170.2", "169.254.170.23", "10.1.2.3", "100.100.100.200", "198.51.100.7",
        "fd00:ec2::254", "fd00:ec2::23", "fd00::1", "2001:db8::7",
    ]

    /// Whether this process has nothing but loopback devices, with these addresses.
    static let isHere = interfaces.allSatisfy { $0 == "lo" } && canBind(addresses[0])

    private static var interfaces: Set<String> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return ["unknown"] }
        defer { freeifaddrs(list) }
        var names: Set<String> = []
        var next = list
        while let entry = next?.pointee {
            names.insert(String(cString: entry.ifa_name))
            next = entry.ifa_next
        }
        return names
    }

    /// Whether `address` is one of this machine.
    private static func canBind(_ address: String) -> Bool {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        guard inet_pton(AF_INET, address, &name.sin_addr) == 1 else { return false }
        let descriptor = socket(AF_INET, datagram, 0)
        defer { close(descriptor) }
        return withUnsafeBytes(of: &name) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { pointer in
                pointer.baseAddress.map { bind(descriptor, $0, socklen_t(bytes.count)) == 0 } ?? false
            }
        }
    }

    #if canImport(Darwin) || canImport(Musl)
    private static let datagram = SOCK_DGRAM
    #else
    private static let datagram = CInt(SOCK_DGRAM.rawValue)
    #endif

    /// Runs `command` in such a network, and answers its exit status and what it says.
    static func run(_ command: String, _ arguments: [String] = []) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // Who is not root may be so in a namespace of his own, where the system allows that.
        let unshare = ["unshare", "--net"] + (geteuid() == 0 ? [] : ["--map-root-user"])
        process.arguments = unshare + ["sh", "-c", setUp + "exec \"$@\"", "sh", command] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    private static var setUp: String {
        let lines = addresses.map { "ip addr add \($0)/\($0.contains(":") ? "128 nodad" : "32") dev lo" }
        return (["set -e", "ip link set lo up"] + lines).joined(separator: "\n") + "\n"
    }
}
