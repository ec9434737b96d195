/// A source of credentials that a platform offers to the programs on it, in plain text and at a place that is known.
public enum MetadataService: Sendable, Hashable, CaseIterable {
    /// Instances of AWS.
    case awsInstance
    /// Tasks of AWS ECS, pods of EKS, and their like.
    case awsContainer
    /// Virtual machines of Azure.
    case azureInstance
    /// Azure App Service, Functions, Container Apps, Machine Learning and Cloud Shell.
    case azureAppService
    /// Machines elsewhere that Azure Arc manages.
    case azureArc
    /// Instances of Google Cloud, and pods of GKE.
    case googleInstance
}

extension MetadataService {
    /// The addresses, at port 80, where the service can be; an environment variable chooses between them.
    var addresses: [String] {
        switch self {
        case .awsInstance: ["169.254.169.254", "fd00:ec2::254"]
        case .awsContainer: ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"]
        case .azureInstance, .googleInstance: ["169.254.169.254"]
        case .azureAppService, .azureArc: []
        }
    }

    /// The variables of the platform or its tools that say where the service is, those that count most first.
    var variables: [MetadataVariable] {
        switch self {
        case .awsInstance: [MetadataVariable("AWS_EC2_METADATA_SERVICE_ENDPOINT")]
        case .awsContainer:
            [
                MetadataVariable(
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                    prefix: "http://169.254.170.2",
                    isPath: true
                ),
                MetadataVariable("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
            ]
        case .azureInstance: [MetadataVariable("AZURE_POD_IDENTITY_AUTHORITY_HOST")]
        case .azureAppService: [MetadataVariable("IDENTITY_ENDPOINT"), MetadataVariable("MSI_ENDPOINT")]
        case .azureArc: [MetadataVariable("IDENTITY_ENDPOINT")]
        case .googleInstance: [MetadataVariable("GCE_METADATA_HOST", prefix: "http://")]
        }
    }

    /// Where the service is when no variable says so; nil if only a variable can tell.
    func standardURL(in environment: (String) -> String?) -> String? {
        switch self {
        case .awsInstance:
            // As the tools of AWS have it, which know IPv4 and IPv6 in any case of the letters.
            environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() == "ipv6"
                ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
        case .azureInstance: "http://169.254.169.254"
        case .azureArc: "http://127.0.0.1:40342"
        case .googleInstance: "http://metadata.google.internal"
        case .awsContainer, .azureAppService: nil
        }
    }
}

/// An environment variable that says where a service is.
struct MetadataVariable {
    let name: String
    /// What comes before the variable's text to make a URL of it.
    let prefix: String
    /// Whether the text is a path, so that it must not go on with the host of ``prefix``.
    let isPath: Bool

    init(_ name: String, prefix: String = "", isPath: Bool = false) {
        self.name = name
        self.prefix = prefix
        self.isPath = isPath
    }
}
