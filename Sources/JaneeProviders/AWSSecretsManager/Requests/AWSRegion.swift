import JaneeSecrets

/// A region of AWS, with the partition that it belongs to.
struct AWSRegion: Sendable, Hashable {
    let name: String
    let partition: AWSPartition

    /// Nil if no partition has regions of such a name.
    init?(_ name: String) {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 || parts.count == 4, let number = parts.last, (1...3).contains(number.utf8.count),
            number.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            parts.dropLast().allSatisfy({ !$0.isEmpty && $0.utf8.count <= 16 && $0.utf8.allSatisfy(Self.isLetter) }),
            let partition = AWSPartition(ofRegionsWith: parts.dropLast(2).joined(separator: "-"))
        else { return nil }
        self.name = name
        self.partition = partition
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }
}

/// A part of AWS with accounts, regions and host names of its own.
///
/// The names, prefixes of regions and suffixes of hosts are those of the endpoint rules that AWS publishes with its SDKs.
enum AWSPartition: String, Sendable, CaseIterable {
    case aws
    case china = "aws-cn"
    case usGov = "aws-us-gov"
    case europeanSovereign = "aws-eusc"
    case iso = "aws-iso"
    case isoB = "aws-iso-b"
    case isoE = "aws-iso-e"
    case isoF = "aws-iso-f"

    /// The partition whose regions begin with `prefix`, which is what stands before direction and number.
    init?(ofRegionsWith prefix: String) {
        switch prefix {
        case "us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx": self = .aws
        case "cn": self = .china
        case "us-gov": self = .usGov
        case "eusc-de": self = .europeanSovereign
        case "us-iso": self = .iso
        case "us-isob": self = .isoB
        case "eu-isoe": self = .isoE
        case "us-isof": self = .isoF
        default: return nil
        }
    }

    /// What the names of hosts end in.
    var dnsSuffix: String {
        switch self {
        case .aws, .usGov: "amazonaws.com"
        case .china: "amazonaws.com.cn"
        case .europeanSovereign: "amazonaws.eu"
        case .iso: "c2s.ic.gov"
        case .isoB: "sc2s.sgov.gov"
        case .isoE: "cloud.adc-e.uk"
        case .isoF: "csp.hci.ic.gov"
        }
    }
}

extension ConfigStringFormat {
    /// The name of a region.
    static let awsRegion = ConfigStringFormat(
        name: "region of AWS",
        pattern:
            "^(?:(?:us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov|us-iso|us-isob|us-isof|eu-isoe|eusc-de)-[a-z]{1,16}-[0-9]{1,3})$"
    ) { text in
        if let refusal = refusalOfSubstitution(in: text) { return refusal }
        return AWSRegion(text) == nil
            ? Refusal("must be the name of a region of AWS, such as us-east-1 (not of an availability zone)") : nil
    }
}
