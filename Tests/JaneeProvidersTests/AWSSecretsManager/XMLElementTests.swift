import Testing

@testable import JaneeProviders

@Suite("XML of the services of AWS")
struct XMLElementTests {
    @Test("elements, text, entities, declarations and comments are understood")
    func parsed() throws {
        let text = """
            <?xml version='1.0' encoding='utf-8'?>
            <!-- a comment -->
            <n:A xmlns:n="https://sts.amazonaws.com/doc/2011-06-15/">
              <B>a &lt;b&gt; &amp; &quot;c&quot; &apos;&#65;&#x42;</B><C/><C x="/">two<!-- x --> parts</C>
              <D><E>deep</E></D>
            </n:A>
            """
        let root = try XMLElement(parsing: Array(text.utf8))
        #expect(root.name == "A")
        #expect(root["B"]?.text == "a <b> & \"c\" 'AB")
        #expect(root.children.map(\.name) == ["B", "C", "C", "D"])
        #expect(root.children[2].text == "two parts")
        #expect(root.text("D", "E") == "deep" && root.text("D", "X") == nil)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&nbsp;</a>", "<a>&#xD800;</a>", "<a>&#;</a>", "<a>&lt</a>",
            "<a",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a><![CDATA[x]]></a>", "<a b=\">\"></a>", "<1/>", "<></>",
            "< a/>",
            "<a><?x?></a>", "</a>",
        ]
    )
    func refused(text: String) {
        #expect(throws: XMLElement.Failure.self) { try XMLElement(parsing: Array(text.utf8)) }
    }

    @Test("depth, number and size are bounded")
    func bounds() {
        let deep = String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17)
        let many = "<a>" + String(repeating: "<b/>", count: 1000) + "</a>"
        let long = "<a>" + String(repeating: "x", count: 256 << 10) + "</a>"
        for text in [deep, many, long] {
            #expect(throws: XMLElement.Failure.tooLarge) { try XMLElement(parsing: Array(text.utf8)) }
        }
        #expect(throws: XMLElement.Failure.malformed) { try XMLElement(parsing: [0x3C, 0x61, 0x3E, 0xFF]) }
    }
}
