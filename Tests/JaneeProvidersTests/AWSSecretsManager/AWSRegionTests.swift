import Testing

@testable import JaneeProviders

@Suite("Regions and hosts of AWS")
struct AWSRegionTests {
    static let hosts:
        [(region: String, partition: String, secrets: String, secretsFIPS: String, sts: String, stsFIPS: String)] =
            [
                (
                    "us-east-1", "aws", "secretsmanager.us-east-1.amazonaws.com",
                    "secretsmanager-fips.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com",
                    "sts-fips.us-east-1.amazonaws.com"
                ),
                (
                    "ap-southeast-2", "aws", "secretsmanager.ap-southeast-2.amazonaws.com",
                    "secretsmanager-fips.ap-southeast-2.amazonaws.com", "sts.ap-southeast-2.amazonaws.com",
                    "sts-fips.ap-southeast-2.amazonaws.com"
                ),
                (
                    "cn-north-1", "aws-cn", "secretsmanager.cn-north-1.amazonaws.com.cn",
                    "secretsmanager-fips.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.amazonaws.com.cn",
                    "sts-fips.cn-north-1.amazonaws.com.cn"
                ),
                (
                    "us-gov-west-1", "aws-us-gov", "secretsmanager.us-gov-west-1.amazonaws.com",
                    "secretsmanager-fips.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com",
                    "sts.us-gov-west-1.amazonaws.com"
                ),
                (
                    "eusc-de-east-1", "aws-eusc", "secretsmanager.eusc-de-east-1.amazonaws.eu",
                    "secretsmanager-fips.eusc-de-east-1.amazonaws.eu", "sts.eusc-de-east-1.amazonaws.eu",
                    "sts-fips.eusc-de-east-1.amazonaws.eu"
                ),
                (
                    "us-iso-east-1", "aws-iso", "secretsmanager.us-iso-east-1.c2s.ic.gov",
                    "secretsmanager-fips.us-iso-east-1.c2s.ic.gov", "sts.us-iso-east-1.c2s.ic.gov",
                    "sts-fips.us-iso-east-1.c2s.ic.gov"
                ),
                (
                    "us-isob-east-1", "aws-iso-b", "secretsmanager.us-isob-east-1.sc2s.sgov.gov",
                    "secretsmanager-fips.us-isob-east-1.sc2s.sgov.gov", "sts.us-isob-east-1.sc2s.sgov.gov",
                    "sts-fips.us-isob-east-1.sc2s.sgov.gov"
                ),
                (
                    "eu-isoe-west-1", "aws-iso-e", "secretsmanager.eu-isoe-west-1.cloud.adc-e.uk",
                    "secretsmanager-fips.eu-isoe-west-1.cloud.adc-e.uk", "sts.eu-isoe-west-1.cloud.adc-e.uk",
                    "sts-fips.eu-isoe-west-1.cloud.adc-e.uk"
                ),
                (
                    "us-isof-south-1", "aws-iso-f", "secretsmanager.us-isof-south-1.csp.hci.ic.gov",
                    "secretsmanager-fips.us-isof-south-1.csp.hci.ic.gov", "sts.us-isof-south-1.csp.hci.ic.gov",
                    "sts-fips.us-isof-south-1.csp.hci.ic.gov"
                ),
            ]

    @Test("a region tells its partition and the hosts of its services", arguments: hosts)
    func host(
        region: String,
        partition: String,
        secrets: String,
        secretsFIPS: String,
        sts: String,
        stsFIPS: String
    ) throws {
        let region = try #require(AWSRegion(region))
        #expect(region.partition.rawValue == partition)
        #expect(AWSService.secretsManager.host(in: region, fips: false) == secrets)
        #expect(AWSService.secretsManager.host(in: region, fips: true) == secretsFIPS)
        #expect(AWSService.securityTokenService.host(in: region, fips: false) == sts)
        #expect(AWSService.securityTokenService.host(in: region, fips: true) == stsFIPS)
    }

    @Test(
        "what is no region is refused, and nothing of it gets into a host",
        arguments: [
            "", "us-east", "us-east-1a", "us-east-1 ", "US-EAST-1", "xx-east-1", "us--1", "us-east-",
            "us-east-1.evil.example",
            "us-east-1/", "us-east-1@x", "eusc-east-1", "aws-global", "us-east-1234",
            "us-eäst-1",
            "us-east-١", "localhost", "cn-north-east-1",
        ]
    )
    func refused(text: String) {
        #expect(AWSRegion(text) == nil)
    }
}
