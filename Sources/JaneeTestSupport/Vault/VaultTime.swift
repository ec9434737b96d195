import JaneeJSON
import JaneeSecrets

/// A moment of a double's wall clock, in nanoseconds since 1970.
struct VaultTime: Sendable, Hashable, Comparable {
    var nanoseconds: Int64

    static func < (left: VaultTime, right: VaultTime) -> Bool { left.nanoseconds < right.nanoseconds }

    static func + (time: VaultTime, seconds: Int64) -> VaultTime {
        VaultTime(nanoseconds: time.nanoseconds + seconds * 1_000_000_000)
    }

    /// Whole seconds since 1970.
    var seconds: Int64 { nanoseconds / 1_000_000_000 }

    /// The same moment without its fraction of a second.
    var truncated: VaultTime { VaultTime(nanoseconds: seconds * 1_000_000_000) }

    /// The whole seconds until a later moment.
    func seconds(until later: VaultTime) -> Int64 { (later.nanoseconds - nanoseconds) / 1_000_000_000 }

    /// As RFC 3339 has it, with as many digits of the fraction as it takes.
    var text: String {
        let (year, month, day) = GregorianDay.date(of: Int(seconds / 86_400))
        let rest = Int(seconds % 86_400)
        let date = [month, day].map { GregorianDay.padded($0, 2) }.joined(separator: "-")
        let time = [rest / 3600, rest / 60 % 60, rest % 60].map { GregorianDay.padded($0, 2) }.joined(separator: ":")
        var text = "\(year)-\(date)T\(time)"
        let fraction = nanoseconds % 1_000_000_000
        if fraction > 0 {
            let digits = GregorianDay.padded(Int(fraction), 9)
            text += "." + digits.dropLast(digits.reversed().prefix { $0 == "0" }.count)
        }
        return text + "Z"
    }
}

/// Spans of time as requests and messages have them.
enum VaultDuration {
    /// The seconds that `10`, `"10"`, `"10s"`, `"1h30m"` mean.
    static func seconds(_ value: JSONValue?) -> Int64? {
        switch value {
        case .number(let number): number.int.map(Int64.init)
        case .string(let text): seconds(text)
        default: nil
        }
    }

    static func seconds(_ text: String) -> Int64? {
        if let seconds = Int64(text) { return seconds }
        var total: Int64 = 0
        var number = ""
        for character in text {
            if character.isASCII, character.isNumber {
                number.append(character)
                continue
            }
            guard let count = Int64(number) else { return nil }
            switch character {
            case "s": total += count
            case "m": total += count * 60
            case "h": total += count * 3600
            case "d": total += count * 86_400
            default: return nil
            }
            number = ""
        }
        return number.isEmpty && !text.isEmpty ? total : nil
    }

    /// As messages write it: `1h`, `1m`, `2s`, `1h0m5s`.
    static func text(_ seconds: Int64) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        var text = hours > 0 ? "\(hours)h" : ""
        if minutes > 0 || (hours > 0 && rest > 0) { text += "\(minutes)m" }
        if rest > 0 || text.isEmpty { text += "\(rest)s" }
        return text
    }
}
