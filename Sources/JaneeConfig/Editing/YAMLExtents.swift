import JaneeSecrets

/// Finds where things end in a YAML text; its parser tells only where they begin.
///
/// What is found is never relied on: every edit is checked by reading its result.
extension YAMLLines {
    /// The lines of a block map's entry whose key stands at `key`: its own and those below it that are indented deeper,
    /// without the comments and empty lines that follow.
    func blockEntry(at key: Place) -> Range<Int> {
        block(from: key.line) { index in
            indent(index) > key.column || isItem(index, at: key.column)
        }
    }

    /// The lines of a block list's item whose dash stands in `column` of line `line`.
    func blockItem(line: Int, column: Int) -> Range<Int> {
        block(from: line) { indent($0) > column }
    }

    private func block(from first: Int, _ belongs: (Int) -> Bool) -> Range<Int> {
        var end = first + 1
        var index = first + 1
        while index < count {
            if isMarker(index) { break }
            if isBlankOrComment(index) {
                // A comment inside belongs to the entry if something of the entry follows, or if it is indented with it.
                if isComment(index), indent(index) > 0, belongs(index), end == index { end = index + 1 }
                index += 1
                continue
            }
            guard belongs(index) else { break }
            index += 1
            end = index
        }
        return first..<end
    }

    /// The place after the value that begins at `start`: a flow collection, or a scalar that ends on its line.
    ///
    /// nil where it does not end, or in a way that is not understood.
    func endOfValue(at start: Place, inFlow: Bool) -> Place? {
        switch character(start) {
        case "{", "[": endOfFlow(at: start)
        case "'", "\"": endOfQuoted(at: start)
        case "|", ">", "&", "*", "!", nil: nil
        default: endOfPlain(at: start, inFlow: inFlow)
        }
    }

    private func endOfPlain(at start: Place, inFlow: Bool) -> Place {
        let line = self[start.line]
        var end = start.column
        var column = start.column
        while column < line.count {
            let character = line[column]
            if character == "#", column > 0, line[column - 1] == " " { break }
            if inFlow, ",]}".unicodeScalars.contains(character) { break }
            column += 1
            if character != " ", character != "\t" { end = column }
        }
        return Place(line: start.line, column: end)
    }

    private func endOfQuoted(at start: Place) -> Place? {
        guard let quote = character(start) else { return nil }
        var place = after(start)
        while let current = character(place) {
            if current == "\\", quote == "\"" {
                place = after(after(place))
                continue
            }
            place = after(place)
            if current == quote {
                // Two single quotes in a row stand for one.
                guard quote == "'", character(place) == "'" else { return place }
                place = after(place)
            }
        }
        return nil
    }

    private func endOfFlow(at start: Place) -> Place? {
        var depth = 0
        var place = start
        var previous: Unicode.Scalar = " "
        while let current = character(place) {
            let startsWord = " \n,[{:".unicodeScalars.contains(previous)
            switch current {
            case "{", "[": depth += 1
            case "}", "]":
                depth -= 1
                if depth == 0 { return after(place) }
            case "'" where startsWord, "\"" where startsWord:
                guard let end = endOfQuoted(at: place) else { return nil }
                place = end
                previous = current
                continue
            case "#" where previous == " " || previous == "\n":
                place = Place(line: place.line, column: self[place.line].count)
                previous = " "
                continue
            default: break
            }
            previous = current
            place = after(place)
        }
        return nil
    }
}
