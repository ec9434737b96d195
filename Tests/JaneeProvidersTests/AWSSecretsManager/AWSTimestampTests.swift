import JaneeSecrets
import Testing

@testable import JaneeProviders

@Suite("Times of AWS")
struct AWSTimestampTests {
    @Test(
        "are read to the second",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-23T18:38:13.248349Z", 1_795_459_093),
            ("2026-11-23T18:38:13Z", 1_795_459_093),
            ("2099-01-01T00:00:00Z", 4_070_908_800), ("2028-02-29T23:59:60Z", 1_835_481_600),
        ]
    )
    func read(text: String, seconds: Int) {
        #expect(AWSTimestamp.sinceEpoch(text) == .seconds(seconds))
    }

    @Test(
        "anything else is none",
        arguments: [
            "", "2026-11-23", "2026-11-23T18:38:13", "2026-11-23T18:38:13+00:00", "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z", "2026-11-23T18:60:00Z", "0000-01-01T00:00:00Z", "٢٠٢٦-11-23T18:38:13Z",
            "1795459093",
        ]
    )
    func refused(text: String) {
        #expect(AWSTimestamp.sinceEpoch(text) == nil)
    }
}
