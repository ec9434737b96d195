#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Text in base64, in either alphabet and with or without its end.
enum Base64Text {
    /// Nil if it is none.
    static func decode(_ text: String) -> String? {
        var text = text.replacing("-", with: "+").replacing("_", with: "/")
        while !text.utf8.count.isMultiple(of: 4) { text += "=" }
        return Data(base64Encoded: text).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
