package import JaneeSecrets
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The resolver of the operating system: hosts file, DNS, and whatever else it is set up for.
package struct SystemResolver: AddressResolver {
    /// Threads of its own, for each look-up keeps one for as long as name servers are silent.
    private static let threads = {
        let threads = NIOThreadPool(numberOfThreads: 8)
        threads.start()
        return threads
    }()

    package init() {}

    package func resolve(_ host: String) async throws(HTTPTransportError) -> [IPAddress] {
        let answer: Result<[IPAddress], HTTPTransportError>
        do {
            answer = try await Self.threads.runIfActive { Self.lookUp(host) }
        } catch {
            throw .cancelled(requestMayHaveBeenSent: false)
        }
        return try answer.get()
    }

    private static func lookUp(_ host: String) -> Result<[IPAddress], HTTPTransportError> {
        var hints = addrinfo()
        hints.ai_protocol = CInt(IPPROTO_TCP)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0 else { return .failure(status == EAI_AGAIN ? .resolverIsSilent : .nameNotResolved) }
        var addresses: [IPAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = address(of: entry), !addresses.contains(address) { addresses.append(address) }
            next = entry.ai_next
        }
        return addresses.isEmpty ? .failure(.nameNotResolved) : .success(addresses)
    }

    /// The address of an entry, by its place, which Linux and Darwin have in common: the members' names come with
    /// whichever of several C modules the compiler happens to load first.
    private static func address(of entry: addrinfo) -> IPAddress? {
        let socketAddress = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
        switch entry.ai_family {
        // struct sockaddr_in: family, port, address.
        case AF_INET where socketAddress.count >= 8:
            return IPAddress(bytes: UnsafeRawBufferPointer(rebasing: socketAddress[4..<8]))
        // struct sockaddr_in6: family, port, flow information, address, scope.
        case AF_INET6 where socketAddress.count >= 24:
            return IPAddress(bytes: UnsafeRawBufferPointer(rebasing: socketAddress[8..<24]))
        default:
            return nil
        }
    }
}
