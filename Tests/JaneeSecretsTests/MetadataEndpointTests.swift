import JaneeSecrets
import Testing

@Suite("Credential sources of platforms")
struct MetadataEndpointTests {
    struct Place: Sendable {
        let service: MetadataService
        let environment: [String: String]
        let url: String
        let address: String
        var path = ""
        var overriddenBy: String?

        init(
            _ service: MetadataService,
            _ environment: [String: String] = [:],
            at url: String,
            _ address: String,
            path: String = "",
            overriddenBy: String? = nil
        ) {
            self.service = service
            self.environment = environment
            self.url = url
            self.address = address
            self.path = path
            self.overriddenBy = overriddenBy
        }
    }

    private static let aws = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
    private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    private static let azure = "AZURE_POD_IDENTITY_AUTHORITY_HOST"
    private static let identity = "IDENTITY_ENDPOINT"
    private static let managed = "MSI_ENDPOINT"
    private static let google = "GCE_METADATA_HOST"

    @Test(
        "are where the platform has them",
        arguments: [
            Place(.awsInstance, at: "http://169.254.169.254", "169.254.169.254"),
            Place(.awsInstance, [aws: ""], at: "http://169.254.169.254", "169.254.169.254"),
            Place(
                .awsInstance,
                [aws: "http://169.254.169.254/"],
                at: "http://169.254.169.254",
                "169.254.169.254",
                path: "/"
            ),
            Place(.awsInstance, [aws + "_MODE": "IPv6"], at: "http://[fd00:ec2::254]", "fd00:ec2::254"),
            Place(.awsInstance, [aws + "_MODE": "IPv4"], at: "http://169.254.169.254", "169.254.169.254"),
            Place(.awsInstance, [aws: "http://[fd00:ec2::254]"], at: "http://[fd00:ec2::254]", "fd00:ec2::254"),
            Place(
                .awsContainer,
                [relative: "/v2/x?y=z"],
                at: "http://169.254.170.2",
                "169.254.170.2",
                path: "/v2/x?y=z"
            ),
            Place(
                .awsContainer,
                [relative: "/first", full: "http://169.254.170.23/second"],
                at: "http://169.254.170.2",
                "169.254.170.2",
                path: "/first"
            ),
            Place(
                .awsContainer,
                [full: "http://169.254.170.2/x"],
                at: "http://169.254.170.2",
                "169.254.170.2",
                path: "/x"
            ),
            Place(
                .awsContainer,
                [full: "http://169.254.170.23/v1/credentials"],
                at: "http://169.254.170.23",
                "169.254.170.23",
                path: "/v1/credentials"
            ),
            Place(
                .awsContainer,
                [full: "http://[fd00:ec2::23]/x"],
                at: "http://[fd00:ec2::23]",
                "fd00:ec2::23",
                path: "/x"
            ),
            Place(.awsContainer, [full: "http://localhost:8080"], at: "http://localhost:8080", "127.0.0.1"),
            Place(.azureInstance, at: "http://169.254.169.254", "169.254.169.254"),
            Place(
                .azureAppService,
                [identity: "http://127.0.0.1:41741/MSI/token/"],
                at: "http://127.0.0.1:41741",
                "127.0.0.1",
                path: "/MSI/token/"
            ),
            Place(
                .azureAppService,
                [identity: "http://169.254.130.4:8081/msi/token"],
                at: "http://169.254.130.4:8081",
                "169.254.130.4",
                path: "/msi/token"
            ),
            Place(
                .azureAppService,
                [managed: "http://localhost:50342/oauth2/token"],
                at: "http://localhost:50342",
                "127.0.0.1",
                path: "/oauth2/token"
            ),
            Place(.azureArc, at: "http://127.0.0.1:40342", "127.0.0.1"),
            Place(
                .azureArc,
                [identity: "http://localhost:40342/metadata/identity/oauth2/token"],
                at: "http://localhost:40342",
                "127.0.0.1",
                path: "/metadata/identity/oauth2/token"
            ),
            Place(.googleInstance, at: "http://metadata.google.internal", "169.254.169.254"),
            Place(
                .googleInstance,
                [google: "metadata.google.internal:80"],
                at: "http://metadata.google.internal",
                "169.254.169.254"
            ),
            Place(.googleInstance, [google: "169.254.169.254"], at: "http://169.254.169.254", "169.254.169.254"),
        ]
    )
    func platform(_ place: Place) throws {
        let endpoint = try MetadataEndpoint(place.service, environment: place.environment)
        #expect(endpoint.service == place.service)
        #expect(endpoint.url.description == place.url)
        #expect(endpoint.address == IPAddress(place.address))
        #expect(endpoint.path == place.path)
        #expect(endpoint.overriddenBy == nil)
    }

    @Test(
        "are on this machine when a variable says so, which can be told",
        arguments: [
            (.awsInstance, aws, "http://localhost:1338"), (.awsInstance, aws, "http://127.0.0.1:1338/"),
            (.awsInstance, aws, "http://[::1]:1338"), (.azureInstance, azure, "http://127.0.0.7:8080/base"),
            (.googleInstance, google, "localhost:8080"), (.googleInstance, google, "127.0.0.1"),
            (.googleInstance, google, "[::1]:8080"),
        ] as [(MetadataService, String, String)]
    )
    func emulator(_ service: MetadataService, _ variable: String, _ text: String) throws {
        let endpoint = try MetadataEndpoint(service, environment: [variable: text])
        #expect(endpoint.overriddenBy == variable)
        #expect(endpoint.url.isLiteralLoopback)
        #expect(AddressClass(of: endpoint.address) == .loopback)
    }

    @Test(
        "are nowhere else, whatever a variable says",
        arguments: [
            (.awsInstance, aws, "http://169.254.170.2"), (.awsInstance, aws, "http://169.254.169.254:8080"),
            (.awsInstance, aws, "http://169.254.169.253"), (.awsInstance, aws, "http://10.0.0.1"),
            (.awsInstance, aws, "http://93.184.216.34"), (.awsInstance, aws, "http://metadata.example"),
            (.awsInstance, aws, "http://localhost.example"), (.awsInstance, aws, "http://metadata.google.internal"),
            (.awsInstance, aws, "http://[fd00:ec2::253]"), (.awsInstance, aws, "http://[::ffff:169.254.169.254]"),
            (.awsInstance, aws, "http://[::ffff:127.0.0.1]"), (.awsInstance, aws, "http://0.0.0.0"),
            (.awsContainer, full, "http://169.254.169.254/x"), (.awsContainer, full, "http://169.254.170.3/x"),
            (.awsContainer, full, "http://169.254.170.23:8080/x"), (.awsContainer, full, "http://ecs.example/x"),
            (.azureInstance, azure, "http://169.254.170.2"),
            (.azureInstance, azure, "http://pod-identity.example"), (.azureAppService, identity, "http://10.0.0.4:1/x"),
            (.azureAppService, identity, "http://169.253.255.255:1/x"),
            (.azureAppService, identity, "http://169.255.0.0:1/x"), (.azureAppService, identity, "http://[fe80::1]/x"),
            (.azureAppService, identity, "http://100.100.100.200/x"), (.azureArc, identity, "http://169.254.130.4/x"),
            (.azureArc, identity, "http://arc.example:40342/x"), (.googleInstance, google, "169.254.169.254:8080"),
            (.googleInstance, google, "metadata.google.internal:8080"),
            (.googleInstance, google, "metadata.google.internal.example"), (.googleInstance, google, "metadata"),
        ] as [(MetadataService, String, String)]
    )
    func elsewhere(_ service: MetadataService, _ variable: String, _ text: String) throws {
        let error = #expect(throws: MetadataEndpointError.self) {
            try MetadataEndpoint(service, environment: [variable: text])
        }
        #expect(error == MetadataEndpointError(variable, .notAllowed))
        #expect(error?.description.hasPrefix(variable) == true)
    }

    @Test(
        "are not looked for where a variable makes no sense, and its text is not quoted",
        arguments: [
            (.awsInstance, aws, "https://127.0.0.1", .notPlainHTTP),
            (.awsContainer, full, "https://credentials.example/canary", .notPlainHTTP),
            (.awsInstance, aws, "http://canary@127.0.0.1", .malformed(.userInfo)),
            (.awsContainer, relative, "@canary/x", .malformedPath),
            (.awsContainer, relative, "3/canary", .malformedPath),
            (.awsContainer, relative, ":8080/canary", .malformedPath),
            (.awsContainer, relative, ".canary.example/x", .malformedPath),
            (.awsInstance, aws, "canary", .malformed(.unsupportedScheme)),
            (.awsInstance, aws, "http://", .malformed(.emptyHost)),
            (.awsInstance, aws, "http://2852039166", .malformed(.numericHost)),
            (.awsInstance, aws, "http://0xa9fea9fe", .malformed(.numericHost)),
            (.googleInstance, google, "http://127.0.0.1", .malformed(.invalidPort)),
            (.awsContainer, full, "http://127.0.0.1?canary", .malformedPath),
            (.awsContainer, full, "http://127.0.0.1/canary#", .malformedPath),
            (.awsContainer, full, "http://127.0.0.1/\\canary", .malformedPath),
            (.awsContainer, relative, "/canary\r\nX: y", .malformedPath),
            (.awsContainer, relative, "/can ary", .malformedPath), (.awsContainer, relative, "/é", .malformedPath),
        ] as [(MetadataService, String, String, MetadataEndpointError.Reason)]
    )
    func nonsense(
        _ service: MetadataService,
        _ variable: String,
        _ text: String,
        _ reason: MetadataEndpointError.Reason
    ) throws {
        let error = #expect(throws: MetadataEndpointError.self) {
            try MetadataEndpoint(service, environment: [variable: text])
        }
        #expect(error == MetadataEndpointError(variable, reason))
        #expect(error?.description.hasPrefix(variable) == true)
        #expect(error?.description.contains("canary") == false)
    }

    @Test(
        "need a variable where every machine has another place",
        arguments: [MetadataService.awsContainer, .azureAppService]
    )
    func unset(_ service: MetadataService) {
        let error = #expect(throws: MetadataEndpointError.self) { try MetadataEndpoint(service) }
        #expect(error?.reason == .notSet)
        #expect(error?.description.contains("is not set") == true)
    }

    @Test("are out of reach of every policy for upstreams, but for those on this machine")
    func policies() throws {
        let open = AddressPolicy(allowedPrivate: ["0.0.0.0/0", "::/0"].compactMap(CIDRBlock.init), loopback: false)
        let places: [(MetadataService, [String: String])] = [
            (.awsInstance, [:]), (.awsInstance, [Self.aws + "_MODE": "IPv6"]), (.awsContainer, [Self.relative: "/"]),
            (.awsContainer, [Self.full: "http://169.254.170.23"]),
            (.awsContainer, [Self.full: "http://[fd00:ec2::23]"]),
            (.azureInstance, [:]), (.azureAppService, [Self.identity: "http://169.254.130.4:8081"]),
            (.azureArc, [:]), (.googleInstance, [:]),
        ]
        for (service, environment) in places {
            let address = try MetadataEndpoint(service, environment: environment).address
            #expect(open.check(address) != nil)
        }
    }
}
