import JaneeJSON
import JaneeTestSupport

// The double as a program: says in one line of JSON where it listens, then takes a command a line until its input ends.

let options = Options(CommandLine.arguments.dropFirst())
let clock = ContinuousClock()
let start = clock.now
let double = VaultDouble(rootToken: options.rootToken, base: WallClock.sinceEpoch) { start.duration(to: clock.now) }
let files = try CertificateFiles(directory: options.directory)

let plain = try await DoubleServer.serve(double)
let encrypted = try await DoubleServer.serve(double, tls: DoubleServer.TLS())
let mutual = try await DoubleServer.serve(double, tls: .mutual)
let local = options.socket == nil ? nil : try await DoubleServer.serve(double, socket: options.socket)

Output.line([
    "address": .string("http://127.0.0.1:\(plain.port)"),
    "tls_address": .string("https://127.0.0.1:\(encrypted.port)"),
    "mtls_address": .string("https://127.0.0.1:\(mutual.port)"),
    "socket": options.socket.map { .string($0) } ?? .null,
    "ca_file": .string(files.authority),
    "client_cert_file": .string(files.client),
    "client_key_file": .string(files.clientKey),
    "root_token": .string(options.rootToken),
])

while let line = readLine() {
    Output.line(Command.run(line, on: double))
}
try await local?.close()
