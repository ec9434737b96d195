package import JaneeSecrets

/// A tree with one value changed: what an edited file must read as.
///
/// A path leads through maps by key, and through lists of maps by their `name`.
extension ConfigNode {
    /// The entries of a map, or of nothing; nil for other values.
    var childEntries: [ConfigEntry]? {
        switch value {
        case .map(let entries): entries
        case .null: []
        default: nil
        }
    }

    /// The index of the item with this `name` in a list of maps.
    func itemIndex(named name: String) -> Int? {
        guard case .list(let items) = value else { return nil }
        return items.firstIndex { item in
            item.childEntries?.contains { $0.key == "name" && $0.value.isText(name) } ?? false
        }
    }

    func isText(_ text: String) -> Bool {
        if case .string(text) = value { true } else { false }
    }

    /// Whether the value is a list of maps that have names.
    var isNamedList: Bool {
        guard case .list(let items) = value, !items.isEmpty else { return false }
        return items.allSatisfy { $0.childEntries?.contains { $0.key == "name" } ?? false }
    }

    /// The node at a path; nil if there is none.
    package func node(at path: [String]) -> ConfigNode? { at(path[...]) }

    func at(_ path: ArraySlice<String>) -> ConfigNode? {
        guard let key = path.first else { return self }
        if let index = itemIndex(named: key), case .list(let items) = value {
            return items[index].at(path.dropFirst())
        }
        return childEntries?.first { $0.key == key }?.value.at(path.dropFirst())
    }

    /// The tree with `new` at a path; nil where the path leads through something that is no map.
    func setting(_ path: ArraySlice<String>, to new: ConfigNode) -> ConfigNode? {
        guard let key = path.first else { return new }
        let rest = path.dropFirst()
        if case .list(var items) = value, isNamedList {
            if let index = itemIndex(named: key) {
                guard let item = items[index].settingItem(rest, to: new, name: key) else { return nil }
                items[index] = item
            } else {
                guard let item = ConfigNode(.map([]), at: position).settingItem(rest, to: new, name: key) else {
                    return nil
                }
                items.append(item)
            }
            return ConfigNode(.list(items), at: position)
        }
        guard var entries = childEntries else { return nil }
        let index = entries.firstIndex { $0.key == key }
        let old = index.map { entries[$0].value } ?? ConfigNode(.map([]), at: position)
        guard let value = old.setting(rest, to: new) else { return nil }
        let entry = ConfigEntry(key: key, keyPosition: position, value: value)
        if let index { entries[index] = entry } else { entries.append(entry) }
        return ConfigNode(.map(entries), at: position)
    }

    /// The item of a list with one value changed, or replaced as a whole but for its name.
    private func settingItem(_ path: ArraySlice<String>, to new: ConfigNode, name: String) -> ConfigNode? {
        guard path.isEmpty else {
            let named = setting(["name"], to: ConfigNode(.string(name), at: position))
            return named?.setting(path, to: new)
        }
        return new.setting(["name"], to: ConfigNode(.string(name), at: position))
    }

    /// The tree without what is at a path; nil if there is nothing.
    func removing(_ path: ArraySlice<String>) -> ConfigNode? {
        guard let key = path.first else { return nil }
        let rest = path.dropFirst()
        if case .list(var items) = value, let index = itemIndex(named: key) {
            if rest.isEmpty {
                items.remove(at: index)
            } else {
                guard let item = items[index].removing(rest) else { return nil }
                items[index] = item
            }
            return ConfigNode(.list(items), at: position)
        }
        guard var entries = childEntries, let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
        if rest.isEmpty {
            entries.remove(at: index)
        } else {
            guard let value = entries[index].value.removing(rest) else { return nil }
            entries[index] = ConfigEntry(key: key, keyPosition: position, value: value)
        }
        return ConfigNode(.map(entries), at: position)
    }

    /// Whether two trees say the same, wherever they stand.
    ///
    /// Nothing, an empty map and an empty list are the same here.
    func says(_ other: ConfigNode) -> Bool {
        if isEmpty || other.isEmpty { return isEmpty && other.isEmpty }
        switch (value, other.value) {
        case (.boolean(let left), .boolean(let right)): return left == right
        case (.integer(let left), .integer(let right)): return left == right
        case (.number(let left), .number(let right)): return left == right
        case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.says($1) }
        case (.map(let left), .map(let right)):
            guard left.count == right.count else { return false }
            let values = Dictionary(right.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
            return left.allSatisfy { entry in values[entry.key].map { entry.value.says($0) } ?? false }
        default: return false
        }
    }

    private var isEmpty: Bool {
        switch value {
        case .null: true
        case .map(let entries): entries.isEmpty
        case .list(let items): items.isEmpty
        default: false
        }
    }
}

extension ConfigSection {
    /// Whether two maps say the same, wherever they stand.
    func says(_ other: ConfigSection) -> Bool {
        guard Set(keys) == Set(other.keys) else { return false }
        return keys.allSatisfy { key in
            guard let mine = node(key), let others = other.node(key) else { return false }
            return mine.says(others)
        }
    }
}
