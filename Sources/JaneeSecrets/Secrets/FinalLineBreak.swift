extension [UInt8] {
    /// Without one LF or CR LF at the end, which programs and editors put behind a value and which is no part of it.
    package var withoutFinalLineBreak: ArraySlice<UInt8> {
        var bytes = self[...]
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        return bytes
    }
}
