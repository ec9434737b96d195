import JaneeSecrets
import Testing

@Suite("Sections of a configuration")
struct ConfigSectionTests {
    private func section() throws -> ConfigSection {
        let node = ConfigNode.map(
            [
                "text": .string("a"), "number": .integer(5), "other": .number("1.5"), "truth": .boolean(false),
                "nothing": .null,
                "list": .list([.text("x"), .text("y")]), "map": ConfigNode.map(["inner": .string("z")], line: 20).value,
            ],
            line: 3
        )
        return try #require(ConfigSection(node, field: "services.a"))
    }

    @Test("fields are read by kind; another kind or an absent field is nil")
    func reading() throws {
        let section = try section()
        #expect(section.field == "services.a")
        #expect(section.string("text") == "a")
        #expect(section.integer("number") == 5)
        #expect(section.boolean("truth") == false)
        #expect(section.strings("list") == ["x", "y"])
        #expect(section.section("map")?.string("inner") == "z")
        #expect(section.section("map")?.field == "services.a.map")
        for name in ["nothing", "absent", "number", "other"] {
            #expect(section.string(name) == nil)
            #expect(section.boolean(name) == nil)
            #expect(section.strings(name) == nil)
            #expect(section.section(name) == nil)
        }
        #expect(section.integer("other") == nil)
        #expect(section.node("nothing") != nil)
        #expect(section.node("absent") == nil)
        #expect(Set(section.keys) == ["text", "number", "other", "truth", "nothing", "list", "map"])
    }

    @Test("positions are those of the values, or the section's own")
    func positions() throws {
        let section = try section()
        #expect(section.position == ConfigPosition(line: 3, column: 3))
        #expect(section.position(of: "number") == ConfigPosition(line: 4, column: 10))
        #expect(section.position(of: "absent") == ConfigPosition(line: 3, column: 3))
    }

    @Test("only maps are sections and have entries")
    func maps() {
        for value in [ConfigNode.Value.null, .string("a"), .list([]), .integer(1), .boolean(true)] {
            #expect(ConfigSection(.plain(value), field: "") == nil)
            #expect(ConfigSection.entries(of: .plain(value)).isEmpty)
        }
        #expect(ConfigSection.entries(of: nil).isEmpty)
        #expect(ConfigSection.entries(of: .map(["b": .null, "a": .null])).map(\.key) == ["b", "a"])
    }

    @Test("positions are ordered by line, then column")
    func order() {
        let places = [(2, 1), (1, 9), (1, 2), (3, 0)].map { ConfigPosition(line: $0.0, column: $0.1) }
        #expect(places.sorted().map { [$0.line, $0.column] } == [[1, 2], [1, 9], [2, 1], [3, 0]])
    }
}
