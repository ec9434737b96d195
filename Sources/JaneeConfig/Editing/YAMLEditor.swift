package import JaneeSecrets

/// Changes single values of a YAML text and leaves every other byte as it is.
///
/// Each change is checked by reading the result: it must say exactly what was meant, else the text stays as it was and
/// the person is asked to change it by hand.
package struct YAMLEditor {
    private var lines: YAMLLines
    /// What the text says now.
    package private(set) var root: ConfigNode
    /// By how many spaces the text indents its levels.
    private let step: Int

    /// - Throws: Where the text is not valid YAML, or has line breaks that cannot be kept apart.
    package init(_ text: String) throws(YAMLEditError) {
        guard let lines = YAMLLines(text) else { throw .unusualLineBreaks }
        self.lines = lines
        do throws(ConfigProblem) {
            root = try YAMLReader.parse(Array(text.utf8))
        } catch {
            throw .invalid(error)
        }
        step = Self.step(of: root)
    }

    package var text: String { lines.text }

    /// Puts `value` at a path, where there may be something or nothing yet.
    package mutating func set(_ path: [String], to value: YAMLValue) throws(YAMLEditError) {
        try change(path, expecting: root.setting(path[...], to: value.node)) {
            (editor: inout YAMLEditor) throws(CannotEdit) in
            try editor.put(value, at: path[...], in: Spot(node: editor.root, entry: nil))
        }
    }

    /// Removes what is at a path; does nothing if there is nothing.
    package mutating func remove(_ path: [String]) throws(YAMLEditError) {
        guard root.at(path[...]) != nil else { return }
        try change(path, expecting: root.removing(path[...])) { (editor: inout YAMLEditor) throws(CannotEdit) in
            try editor.take(path[...], from: Spot(node: editor.root, entry: nil))
        }
    }

    private mutating func change(
        _ path: [String],
        expecting expected: ConfigNode?,
        _ body: (inout YAMLEditor) throws(CannotEdit) -> Void
    ) throws(YAMLEditError) {
        guard let expected else { throw .cannotEdit(path) }
        var changed = self
        do throws(CannotEdit) {
            try body(&changed)
        } catch {
            throw .cannotEdit(path)
        }
        guard let root = try? YAMLReader.parse(Array(changed.text.utf8)), root.says(expected) else {
            throw .cannotEdit(path)
        }
        changed.root = root
        self = changed
    }

    /// The indentation of the first nested map of the text; two spaces if there is none.
    private static func step(of root: ConfigNode) -> Int {
        for entry in root.childEntries ?? [] {
            guard let inner = entry.value.childEntries?.first, inner.keyPosition.line > entry.keyPosition.line else {
                continue
            }
            return min(max(inner.keyPosition.column - entry.keyPosition.column, 1), 8)
        }
        return 2
    }
}

/// Why a text was not changed.
package enum YAMLEditError: Error, Sendable, CustomStringConvertible {
    case invalid(ConfigProblem)
    case unusualLineBreaks
    /// The value at this path is written in a way that cannot be changed without touching other lines.
    case cannotEdit([String])

    package var description: String {
        switch self {
        case .invalid(let problem): "\(problem.position.line):\(problem.position.column): \(problem.message)"
        case .unusualLineBreaks: "the file mixes kinds of line breaks; change it by hand"
        case .cannotEdit(let path):
            "'\(path.joined(separator: "."))' is written in a way that cannot be changed "
                + "without touching other lines; change it by hand"
        }
    }
}

/// A change of the text that is not possible.
private struct CannotEdit: Error {}

/// A value in the text, with the entry that holds it; the root has none.
private struct Spot {
    let node: ConfigNode
    let entry: ConfigEntry?
    /// Whether the value is inside brackets.
    var isInFlow = false
}

extension YAMLEditor {
    private func isFlow(_ node: ConfigNode) -> Bool {
        guard node.position.line <= lines.count else { return false }
        let character = lines.character(YAMLLines.Place(node.position))
        return character == "{" || character == "["
    }

    /// The spot that a key leads to; nil if it is not there yet.
    private func step(_ key: String, from spot: Spot) throws(CannotEdit) -> Spot? {
        let isInFlow = spot.isInFlow || isFlow(spot.node)
        if case .list(let items) = spot.node.value {
            guard let index = spot.node.itemIndex(named: key) else { return nil }
            return Spot(node: items[index], entry: nil, isInFlow: isInFlow)
        }
        guard let entries = spot.node.childEntries else { throw CannotEdit() }
        return entries.first { $0.key == key }.map { Spot(node: $0.value, entry: $0, isInFlow: isInFlow) }
    }

    private mutating func put(_ value: YAMLValue, at path: ArraySlice<String>, in spot: Spot) throws(CannotEdit) {
        guard let key = path.first else {
            guard let entry = spot.entry else { throw CannotEdit() }
            return try replace(entry, by: value, inFlow: spot.isInFlow)
        }
        let rest = path.dropFirst()
        if let next = try step(key, from: spot) {
            return try put(value, at: rest, in: next)
        }
        let nested = rest.reversed().reduce(value) { .map([YAMLValue.Entry($1, $0)]) }
        try insert(key, nested, into: spot)
    }

    // MARK: Replacing

    private mutating func replace(_ entry: ConfigEntry, by value: YAMLValue, inFlow: Bool) throws(CannotEdit) {
        let start = YAMLLines.Place(entry.value.position)
        if case .list(let items) = entry.value.value, case .list(let new) = value, !isFlow(entry.value), !inFlow,
            !items.isEmpty, !new.isEmpty
        {
            return try replaceItems(items, by: new, at: start)
        }
        if case .null = entry.value.value {
            guard !inFlow else { throw CannotEdit() }
            return try fill(entry, with: value)
        }
        let isOneLine =
            switch value {
            case .list, .map: isFlow(entry.value) || inFlow
            default: true
            }
        if isOneLine, let end = lines.endOfValue(at: start, inFlow: inFlow) {
            lines.replace(from: start, to: end, with: value.flow)
        } else {
            guard !inFlow else { throw CannotEdit() }
            try rewrite(entry, as: value)
        }
    }

    /// Gives a value to a key that has none.
    private mutating func fill(_ entry: ConfigEntry, with value: YAMLValue) throws(CannotEdit) {
        switch value {
        case .list(let items) where !items.isEmpty: try rewrite(entry, as: value)
        case .map(let entries) where !entries.isEmpty: try rewrite(entry, as: value)
        default:
            guard let colon = colon(after: YAMLLines.Place(entry.keyPosition)) else { throw CannotEdit() }
            lines.replace(from: colon, to: colon, with: " \(value.flow)")
        }
    }

    /// Replaces the lines of an entry.
    private mutating func rewrite(_ entry: ConfigEntry, as value: YAMLValue) throws(CannotEdit) {
        let key = YAMLLines.Place(entry.keyPosition)
        guard lines.indent(key.line) == key.column else { throw CannotEdit() }
        let range = lines.blockEntry(at: key)
        lines.remove(range)
        lines.insert(indented(value.block(key: entry.key, step: step), by: key.column), at: range.lowerBound)
    }

    /// Changes the items of a block list, keeping the lines of those that stay.
    private mutating func replaceItems(
        _ items: [ConfigNode],
        by new: [YAMLValue],
        at start: YAMLLines.Place
    ) throws(CannotEdit) {
        let kept = Self.kept(items, new)
        var index = items.count - 1
        var position = new.count - 1
        // From the last one on, so that the lines of those before keep their numbers.
        while index >= 0 || position >= 0 {
            if index >= 0, position >= 0, kept[index] == position {
                index -= 1
                position -= 1
            } else if index >= 0, position >= 0, kept[index] == nil, !kept.contains(position) {
                let start = YAMLLines.Place(items[index].position)
                guard let end = lines.endOfValue(at: start, inFlow: false) else { throw CannotEdit() }
                lines.replace(from: start, to: end, with: new[position].flow)
                index -= 1
                position -= 1
            } else if index >= 0, kept[index] == nil {
                lines.remove(try item(items[index], start.column))
                index -= 1
            } else {
                let line = index >= 0 ? try item(items[index], start.column).upperBound : start.line
                let text = YAMLValue.indent(start.column) + "- \(new[position].flow)"
                lines.insert([text], at: line)
                position -= 1
            }
        }
    }

    private func item(_ node: ConfigNode, _ column: Int) throws(CannotEdit) -> Range<Int> {
        let line = node.position.line - 1
        guard lines.isItem(line, at: column) else { throw CannotEdit() }
        return lines.blockItem(line: line, column: column)
    }

    /// For each old item the new one it stays as: a longest common subsequence.
    private static func kept(_ items: [ConfigNode], _ new: [YAMLValue]) -> [Int?] {
        let nodes = new.map(\.node)
        var lengths = [[Int]](repeating: [Int](repeating: 0, count: new.count + 1), count: items.count + 1)
        for index in items.indices.reversed() {
            for position in new.indices.reversed() {
                lengths[index][position] =
                    items[index].says(nodes[position])
                    ? lengths[index + 1][position + 1] + 1
                    : max(lengths[index + 1][position], lengths[index][position + 1])
            }
        }
        var kept = [Int?](repeating: nil, count: items.count)
        var (index, position) = (0, 0)
        while index < items.count, position < new.count {
            if items[index].says(nodes[position]) {
                kept[index] = position
                (index, position) = (index + 1, position + 1)
            } else if lengths[index + 1][position] >= lengths[index][position + 1] {
                index += 1
            } else {
                position += 1
            }
        }
        return kept
    }

    // MARK: Inserting

    private mutating func insert(_ key: String, _ value: YAMLValue, into spot: Spot) throws(CannotEdit) {
        if isFlow(spot.node) {
            try insertIntoFlow(key, value, spot)
        } else if case .list = spot.node.value {
            try insertItem(key, value, spot.node)
        } else if let last = spot.node.childEntries?.last {
            guard !spot.isInFlow else { throw CannotEdit() }
            insertEntry(key, value, after: last, in: spot)
        } else {
            guard !spot.isInFlow else { throw CannotEdit() }
            insertFirst(key, value, spot.entry)
        }
    }

    private mutating func insertEntry(_ key: String, _ value: YAMLValue, after last: ConfigEntry, in spot: Spot) {
        let place = YAMLLines.Place(last.keyPosition)
        let new = indented(value.block(key: key, step: step), by: place.column)
        guard spot.entry == nil, place.column == 0 else {
            var line = lines.blockEntry(at: place).upperBound
            // Comments that stand with the entries are passed; they may belong to the last one.
            while line < lines.count, lines.isComment(line), lines.indent(line) == place.column { line += 1 }
            return lines.insert(areApart(spot.node) ? [""] + new : new, at: line)
        }
        // A new block of the file goes behind the comments that follow the last one.
        var end = lines.count
        while end > 0, lines.isMarker(end - 1) || lines[end - 1].allSatisfy({ $0 == " " }) { end -= 1 }
        lines.insert([""] + new, at: end)
    }

    /// Whether the entries of a map stand apart from each other.
    private func areApart(_ node: ConfigNode) -> Bool {
        guard let entries = node.childEntries, entries.count > 1, let last = entries.last else { return false }
        var line = last.keyPosition.line - 2
        while line >= 0, lines.isComment(line) { line -= 1 }
        return line >= 0 && lines.isBlankOrComment(line)
    }

    /// Inserts the first entry of a map; without an owner, of the whole text.
    private mutating func insertFirst(_ key: String, _ value: YAMLValue, _ owner: ConfigEntry?) {
        guard let owner else {
            let gap = lines.count > 0 && !lines[lines.count - 1].isEmpty
            lines.insert((gap ? [""] : []) + value.block(key: key, step: step), at: lines.count)
            return
        }
        let place = YAMLLines.Place(owner.keyPosition)
        lines.insert(indented(value.block(key: key, step: step), by: place.column + step), at: place.line + 1)
    }

    private mutating func insertItem(_ name: String, _ value: YAMLValue, _ list: ConfigNode) throws(CannotEdit) {
        guard case .list(let items) = list.value, let last = items.last, case .map(let entries) = value else {
            throw CannotEdit()
        }
        let column = list.position.column - 1
        let fields = [YAMLValue.Entry("name", .text(name))] + entries
        let block = fields.flatMap { $0.value.block(key: $0.key, step: step) }
        let item = block.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }
        let range = lines.blockItem(line: last.position.line - 1, column: column)
        lines.insert(indented(item, by: column), at: range.upperBound)
    }

    private mutating func insertIntoFlow(_ key: String, _ value: YAMLValue, _ spot: Spot) throws(CannotEdit) {
        let start = YAMLLines.Place(spot.node.position)
        guard let entries = spot.node.childEntries, let end = lines.endOfValue(at: start, inFlow: true) else {
            throw CannotEdit()
        }
        let new = "\(YAMLValue.scalar(key)): \(value.flow)"
        guard let last = entries.last else {
            if !spot.isInFlow, let entry = spot.entry,
                lines.indent(entry.keyPosition.line - 1) == entry.keyPosition.column - 1
            {
                // An empty map on a line of its own grows into a block.
                return try rewrite(entry, as: .map([YAMLValue.Entry(key, value)]))
            }
            return lines.replace(from: start, to: end, with: "{ \(new) }")
        }
        let valueEnd: YAMLLines.Place?
        if case .null = last.value.value {
            valueEnd = nil
        } else {
            valueEnd = lines.endOfValue(at: YAMLLines.Place(last.value.position), inFlow: true)
        }
        guard let valueEnd else { throw CannotEdit() }
        lines.replace(from: valueEnd, to: valueEnd, with: ", \(new)")
    }

    private func indented(_ block: [String], by column: Int) -> [String] {
        block.map { YAMLValue.indent(column) + $0 }
    }

    // MARK: Removing

    private mutating func take(_ path: ArraySlice<String>, from spot: Spot) throws(CannotEdit) {
        guard let key = path.first, let next = try step(key, from: spot) else { throw CannotEdit() }
        guard path.count == 1 else { return try take(path.dropFirst(), from: next) }
        if let entry = next.entry {
            next.isInFlow ? try removeFromFlow(entry, spot.node) : try removeLines(of: entry)
        } else {
            guard !next.isInFlow else { throw CannotEdit() }
            lines.remove(try item(next.node, spot.node.position.column - 1))
        }
    }

    private mutating func removeLines(of entry: ConfigEntry) throws(CannotEdit) {
        let key = YAMLLines.Place(entry.keyPosition)
        guard lines.indent(key.line) == key.column else { throw CannotEdit() }
        lines.remove(lines.blockEntry(at: key))
    }

    private mutating func removeFromFlow(_ entry: ConfigEntry, _ map: ConfigNode) throws(CannotEdit) {
        guard let entries = map.childEntries, let index = entries.firstIndex(where: { $0.key == entry.key }) else {
            throw CannotEdit()
        }
        let key = YAMLLines.Place(entry.keyPosition)
        if index + 1 < entries.count {
            lines.replace(from: key, to: YAMLLines.Place(entries[index + 1].keyPosition), with: "")
            return
        }
        guard let end = lines.endOfValue(at: YAMLLines.Place(entry.value.position), inFlow: true) else {
            throw CannotEdit()
        }
        guard index > 0 else { return lines.replace(from: key, to: end, with: "") }
        let before = YAMLLines.Place(entries[index - 1].value.position)
        guard let start = lines.endOfValue(at: before, inFlow: true) else { throw CannotEdit() }
        lines.replace(from: start, to: end, with: "")
    }

    // MARK: Keys

    /// The place after the colon of a key.
    private func colon(after key: YAMLLines.Place) -> YAMLLines.Place? {
        var place = key
        if lines.character(key) == "'" || lines.character(key) == "\"" {
            guard let end = lines.endOfValue(at: key, inFlow: false) else { return nil }
            place = end
        }
        while let character = lines.character(place), character != "\n" {
            place = lines.after(place)
            if character == ":", lines.character(place) == " " || lines.character(place) == "\n" { return place }
        }
        return nil
    }
}
