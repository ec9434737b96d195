import JaneeJSON
import JaneeTestSupport

// The doubles of Azure as a program: says in one line of JSON where they listen, then takes a command a line until its input
// ends.
//
//     AzureDouble DIRECTORY

let files = try CertificateFiles(directory: CommandLine.arguments.dropFirst().first ?? ".")
let doubles = Doubles(now: { WallClock.sinceEpoch })
let vault = try await DoubleServer.serve(doubles.vault, tls: DoubleServer.TLS())
let directory = try await DoubleServer.serve(doubles.directory, tls: DoubleServer.TLS())
let platform = try await DoubleServer.serve(doubles.platform)

Output.line([
    "vault": .string("https://127.0.0.1:\(vault.port)"),
    "directory": .string("https://127.0.0.1:\(directory.port)"),
    "platform": .string("http://127.0.0.1:\(platform.port)"),
    "ca_file": .string(files.authority),
    "tenant": .string(EntraDouble.tenant),
    "client": .string(EntraDouble.client),
    "certificate": .string(EntraTestCertificate.certificate),
    "key": .string(EntraTestCertificate.key),
])

while let line = readLine() {
    Output.line(doubles.run(line))
}
