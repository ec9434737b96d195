import HTTPTypes
import JaneeHTTP
import JaneeSecrets
import Testing

@Suite("A compressed answer")
struct ContentCodingTests {
    private func answer(
        _ coding: String,
        _ body: [UInt8],
        limit: Int = 1 << 20,
        chunked: Bool = false
    ) async throws -> InboundResponse {
        let head = "HTTP/1.1 200 OK\r\n\(coding)"
        let steps: [LoopbackServer.Step] =
            chunked
            ? [.text("\(head)Transfer-Encoding: chunked\r\n\r\n")]
                + body.map { .send(Array("1\r\n".utf8) + [$0] + Array("\r\n".utf8)) } + [.text("0\r\n\r\n")]
            : [.text("\(head)Content-Length: \(body.count)\r\n\r\n"), .send(body)]
        return try await LoopbackServer.serve(.always(steps)) { server in
            try await send(.local(port: server.port, limits: HTTPTransportLimits(maximumResponseBytes: limit)))
        }
    }

    private func code(_ coding: String, _ body: [UInt8], limit: Int = 1 << 20) async throws -> HTTPTransportError.Code?
    {
        do {
            _ = try await answer(coding, body, limit: limit)
            return nil
        } catch let error as HTTPTransportError {
            #expect(error.requestMayHaveBeenSent)
            return error.code
        }
    }

    @Test(
        "is decoded, whole or byte by byte, its headers kept",
        arguments: [("gzip", Compressed.gzip), ("GZip", Compressed.gzip), ("deflate", Compressed.deflate)],
        [false, true]
    )
    func decoded(_ coding: (name: String, bytes: [UInt8]), chunked: Bool) async throws {
        let response = try await answer("Content-Encoding: \(coding.name)\r\n", coding.bytes, chunked: chunked)
        #expect(response.body == Compressed.text)
        #expect(response.headers[.contentEncoding] == coding.name)
    }

    @Test("that says identity is taken as it is", arguments: ["identity", ""])
    func identity(_ coding: String) async throws {
        let response = try await answer("Content-Encoding: \(coding)\r\n", [1, 2, 3])
        #expect(response.body == [1, 2, 3])
    }

    @Test(
        "with an unknown encoding or several is refused",
        arguments: [
            "Content-Encoding: br\r\n", "Content-Encoding: zstd\r\n", "Content-Encoding: gzip, gzip\r\n",
            "Content-Encoding: gzip, br\r\n", "Content-Encoding: gzip\r\nContent-Encoding: deflate\r\n",
            "Content-Encoding: identity, gzip\r\n", "Content-Encoding: aes128gcm\r\n",
        ]
    )
    func unsupported(_ header: String) async throws {
        #expect(try await code(header, Compressed.gzip) == .undecodable)
    }

    @Test("that is broken anywhere is refused")
    func broken() async throws {
        let gzip = Compressed.gzip
        for length in [1, 9, 10, 11, gzip.count / 2, gzip.count - 8, gzip.count - 1] {
            #expect(try await code("Content-Encoding: gzip\r\n", Array(gzip.prefix(length))) == .undecodable)
        }
        for position in [0, 2, 20, gzip.count - 6, gzip.count - 1] {
            var bytes = gzip
            bytes[position] ^= 0x55
            #expect(try await code("Content-Encoding: gzip\r\n", bytes) == .undecodable)
        }
        #expect(try await code("Content-Encoding: gzip\r\n", gzip + [0]) == .undecodable)
        #expect(try await code("Content-Encoding: deflate\r\n", Array(Compressed.deflate.dropLast())) == .undecodable)
        #expect(try await code("Content-Encoding: gzip\r\n", Array("not compressed".utf8)) == .undecodable)
    }

    @Test("is bounded by its decoded size")
    func limit() async throws {
        let size = Compressed.text.count
        #expect(try await answer("Content-Encoding: gzip\r\n", Compressed.gzip, limit: size).body.count == size)
        #expect(try await code("Content-Encoding: gzip\r\n", Compressed.gzip, limit: size - 1) == .tooLarge)
    }

    @Test("is bounded by the limit of its own request, not of an earlier one")
    func ownLimit() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(Compressed.gzip.count)\r\n\r\n"
        try await LoopbackServer.serve(.always([.text(head), .send(Compressed.gzip)])) { server in
            try await withClient { client in
                let small = HTTPTransportLimits(maximumResponseBytes: 100)
                await #expect(throws: HTTPTransportError.self) {
                    try await client.send(.local(port: server.port, limits: small))
                }
                let response = try await client.send(.local(port: server.port))
                #expect(response.body == Compressed.text)
            }
        }
    }

    @Test(
        "that never ends costs no more than the limit",
        arguments: [Compressed.zeros64K, Compressed.nothing]
    )
    func bomb(_ block: [UInt8]) async throws {
        let chunk =
            Array("\(String(block.count * 100, radix: 16))\r\n".utf8)
            + (0..<100).flatMap { _ in block } + Array("\r\n".utf8)
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\na\r\n"
        let steps: [LoopbackServer.Step] = [
            .send(Array(head.utf8) + Compressed.gzipHeader + Array("\r\n".utf8)), .flood(chunk, times: 1_000_000),
        ]
        try await LoopbackServer.serve(.always(steps)) { server in
            let error = await failure(
                try .local(port: server.port, limits: HTTPTransportLimits(maximumResponseBytes: 1 << 20))
            )
            #expect(error?.code == .tooLarge)
            await server.wait(for: .closed(0))
        }
    }
}

/// A text and what zlib makes of it.
private enum Compressed {
    static let text = Array(
        "{\"items\":[\((0..<40).map { "{\"id\":\($0),\"name\":\"item \($0 * $0)\"}" }.joined(separator: ","))]}".utf8
    )
    static let gzip = bytes(
        """
        1f8b08000000000002ff6593310ec2300c45af823233c4769226bd0a6240a24387b2c056f5ee0890e29fcfda27c7f6f3ef1ed6d7
        b23dc37cd9c37a0f733c87c76d5bc2fcfd7e8ae138ff808c403ad011a40e6c04ad83444f954ef24834775246625e33517fef5347
        527cb43692eadb080990080ad881421d6990e4ddc478619f515846f3cd8475800f29ac0aea488956e847524c61cec692e1cae425
        8117252f29411dc7a37a3f252f597d4e252f79f2fd94bc14f0a2e4a5601d7999b01f7999704e8e0bec67e4a58117232f0d7c1ae7
        25c2218c0313e182c6891138bd658e28b8b1c210c26624470c526af52fdd302de991fcf92faec71bd1fcc9ad5b040000
        """
    )
    static let deflate = bytes(
        """
        78da6593310ec2300c45af823233c4769226bd0a6240a24387b2c056f5ee0890e29fcfda27c7f6f3ef1ed6d7b23dc37cd9c37a0f
        733c87c76d5bc2fcfd7e8ae138ff808c403ad011a40e6c04ad83444f954ef24834775246625e33517fef5347527cb43692eadb08
        0990080ad881421d6990e4ddc478619f515846f3cd8475800f29ac0aea488956e847524c61cec692e1cae4258117252f29411dc7
        a37a3f252f597d4e252f79f2fd94bc14f0a2e4a5601d7999b01f7999704e8e0bec67e4a58117232f0d7c1ae725c2218c0313e182
        c6891138bd658e28b8b1c210c26624470c526af52fdd302de991fcf92faec71b25c63970
        """
    )
    static let gzipHeader: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    /// Blocks of deflate that stand for 65 536 zeros and can be repeated.
    static let zeros64K =
        bytes("ecc101010000008090feafee080a") + Array(repeating: 0, count: 63) + bytes("6a000000ffff")
    /// An empty block of deflate, which can be repeated as well.
    static let nothing = bytes("000000ffff")

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}
