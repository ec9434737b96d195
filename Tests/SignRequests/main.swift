import JaneeJSON
import JaneeSecrets
import JaneeSigV4

// The signer as a program, so that others' signers can be compared with it: a request a line of JSON on standard input,
// its signature a line on standard output. Keys come on standard input because they are nobody's.

func text(_ json: JSONValue, _ key: String) -> String { json[key]?.stringValue ?? "" }

while let line = readLine() {
    guard let json = try? JSONReader.parse(Array(line.utf8)) else {
        print(#"{"error":"not JSON"}"#)
        continue
    }
    let credentials = AWSCredentials(
        accessKeyID: text(json, "accessKeyID"),
        secretAccessKey: SecretValue(text(json, "secretAccessKey")),
        sessionToken: json["sessionToken"]?.stringValue.map { SecretValue($0) }
    )
    let signer = SigV4Signer(credentials: credentials, region: text(json, "region"), service: text(json, "service"))
    let request = SigV4Request(
        method: text(json, "method"),
        host: text(json, "host"),
        path: text(json, "path"),
        query: text(json, "query"),
        headers: (json["headers"]?.arrayValue ?? [])
            .map { ($0.arrayValue?.first?.stringValue ?? "", $0.arrayValue?.last?.stringValue ?? "") },
        body: Array(text(json, "body").utf8)
    )
    let time = Duration.seconds(json["time"]?.intValue ?? 0)
    let signature = signer.sign(request, at: time)
    let query = signer.presign(request, at: time, for: .seconds(900))
    let answer: JSONValue = [
        "authorization": .string(signature.authorization),
        "date": .string(signature.date),
        "query": .string(query.withBytes { String(decoding: $0, as: UTF8.self) }),
    ]
    print(answer.serialized())
}
