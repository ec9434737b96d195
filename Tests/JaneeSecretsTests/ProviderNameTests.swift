import JaneeSecrets
import Testing

@Suite("Provider names")
struct ProviderNameTests {
    @Test(
        "a name is a letter followed by letters, digits, '-' and '_'",
        arguments: [
            "a", "Z", "vault", "prodVault", "PROD", "aws-prod", "aws_prod", "a1", "v-", "v_", "a--b", "local",
            "filesystem", "default", "x" + String(repeating: "9", count: 63),
        ]
    )
    func accepted(text: String) {
        #expect(ProviderName(text)?.spelling == text)
        #expect(ProviderName(text)?.description == text)
        #expect(ProviderName(text)?.folded == text.lowercased())
        #expect(ProviderName(Substring(text)) == ProviderName(text))
    }

    @Test(
        "everything else is not a name",
        arguments: [
            "", "9vault", "1", "-a", "_a", ".a", "a.b", "a b", " a", "a ", "a/b", "a:b", "a%62", "a\n", "\u{0}a",
            "v\u{E9}", "\u{E9}a", "\u{212A}elvin", "\u{FF41}", "a\u{301}", "\u{430}",
            "x" + String(repeating: "9", count: 64),
            String(repeating: "a", count: 100_000),
        ]
    )
    func refused(text: String) {
        #expect(ProviderName(text) == nil)
    }

    @Test("names that differ in ASCII case only are one name, shown as written")
    func folding() {
        let names = ["prodVault", "PRODVAULT", "prodvault", "ProdVault"].compactMap { ProviderName($0) }
        #expect(names.count == 4)
        #expect(Set(names).count == 1)
        #expect(names.map(\.spelling) == ["prodVault", "PRODVAULT", "prodvault", "ProdVault"])
        #expect(ProviderName("prod-vault") != ProviderName("prod_vault"))
    }

    @Test(
        "two names are reserved in any case",
        arguments: [
            ("local", true), ("LOCAL", true), ("Local", true), ("filesystem", true), ("FileSystem", true),
            ("default", false), ("locals", false), ("loca", false), ("file-system", false),
        ]
    )
    func reserved(text: String, isReserved: Bool) {
        #expect(ProviderName(text)?.isReserved == isReserved)
    }
}
