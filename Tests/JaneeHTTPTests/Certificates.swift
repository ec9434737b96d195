import NIOSSL

/// Certificates for servers on loopback, valid from 2020 to 2120 but for one; the key protects nothing.
enum Certificates {
    /// The authority that signed the others.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBdjCCAR2gAwIBAgIBATAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdMb29wYmFj
        ayBUZXN0IEF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
        MFowIjEgMB4GA1UEAwwXTG9vcGJhY2sgVGVzdCBBdXRob3JpdHkwWTATBgcqhkjO
        PQIBBggqhkjOPQMBBwNCAAQ5eT3U3xOPt1D16xfCfDzOGKji0FssrOio5f5hezI+
        utWw18fSHFosJ+Sfq9uxzdbSRvpQy0o98xTFbmh7S97to0IwQDAPBgNVHRMBAf8E
        BTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQUmI9jO2PCjNq7wiKU+oHT
        tNTji/YwCgYIKoZIzj0EAwIDRwAwRAIgcwSiV9QE5LP1Pff0/L7mn5jGJx3ju5UI
        pkRtFKkRsvACIBHM2NM1E3rFthaZWEV+MHVPHZiTdd2aEV4BNvWJ1rr+
        -----END CERTIFICATE-----
        """

    /// For `localhost` and 127.0.0.1.
    static let valid = """
        -----BEGIN CERTIFICATE-----
        MIIBtTCCAVygAwIBAgIBAjAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdMb29wYmFj
        ayBUZXN0IEF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
        MFowEDEOMAwGA1UEAwwFdmFsaWQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQy
        /xPMf7uhnXooXQ+e8HWQ1j7ayK7mDVr0YWiUHWO3Y2LvRUlH1pBgfBHHRX3JTYfu
        rLFMOLQGD4mmCpEMT8Z9o4GSMIGPMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAA
        ATAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEF
        BQcDATAdBgNVHQ4EFgQUKim3dAMJz+vdG84QIgbdVePPuRgwHwYDVR0jBBgwFoAU
        mI9jO2PCjNq7wiKU+oHTtNTji/YwCgYIKoZIzj0EAwIDRwAwRAIgWvffToXnHuD2
        O7g1pWxqbRZYrctOEv82wS0ob6CJ48MCIDx6pTkuVdYqW53jMLP+fk47YI6RLinI
        pMM9Nz3kddr2
        -----END CERTIFICATE-----
        """

    /// For `elsewhere.example` and 127.0.0.2.
    static let wrongHost = """
        -----BEGIN CERTIFICATE-----
        MIIBwzCCAWigAwIBAgIBAzAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdMb29wYmFj
        ayBUZXN0IEF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAw
        MFowFDESMBAGA1UEAwwJd3Jvbmdob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD
        QgAEMv8TzH+7oZ16KF0PnvB1kNY+2siu5g1a9GFolB1jt2Ni70VJR9aQYHwRx0V9
        yU2H7qyxTDi0Bg+JpgqRDE/GfaOBmjCBlzAiBgNVHREEGzAZghFlbHNld2hlcmUu
        ZXhhbXBsZYcEfwAAAjAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNV
        HSUEDDAKBggrBgEFBQcDATAdBgNVHQ4EFgQUKim3dAMJz+vdG84QIgbdVePPuRgw
        HwYDVR0jBBgwFoAUmI9jO2PCjNq7wiKU+oHTtNTji/YwCgYIKoZIzj0EAwIDSQAw
        RgIhAMYZ4V1N5i5BsXTnqSoVA9tdanCJyEN0OJpus4ayB7XmAiEA9zwbZjzETgAj
        gVjnBrPj0hDxzGhu9KnZKNb0osxSW0c=
        -----END CERTIFICATE-----
        """

    /// For `localhost` and 127.0.0.1, until 2021.
    static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBtTCCAVygAwIBAgIBBDAKBggqhkjOPQQDAjAiMSAwHgYDVQQDDBdMb29wYmFj
        ayBUZXN0IEF1dGhvcml0eTAeFw0yMDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBa
        MBIxEDAOBgNVBAMMB2V4cGlyZWQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQy
        /xPMf7uhnXooXQ+e8HWQ1j7ayK7mDVr0YWiUHWO3Y2LvRUlH1pBgfBHHRX3JTYfu
        rLFMOLQGD4mmCpEMT8Z9o4GSMIGPMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAA
        ATAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAKBggrBgEF
        BQcDATAdBgNVHQ4EFgQUKim3dAMJz+vdG84QIgbdVePPuRgwHwYDVR0jBBgwFoAU
        mI9jO2PCjNq7wiKU+oHTtNTji/YwCgYIKoZIzj0EAwIDRwAwRAIgGm7fn1/WevhP
        Nt5pEQr5ktlNDJ+ED1by85MrE+Dff5ICIH8aX7gHgnpuZ+kSwsYBpCog3QvSDtKi
        SS4eciwdREhT
        -----END CERTIFICATE-----
        """

    /// For `localhost` and 127.0.0.1, not signed by the authority.
    static let selfSigned = """
        -----BEGIN CERTIFICATE-----
        MIIBYzCCAQqgAwIBAgIBBTAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
        c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
        CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDL/E8x/u6Gdeihd
        D57wdZDWPtrIruYNWvRhaJQdY7djYu9FSUfWkGB8EcdFfclNh+6ssUw4tAYPiaYK
        kQxPxn2jSzBJMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAMBgNVHRMBAf8E
        AjAAMB0GA1UdDgQWBBQqKbd0AwnP690bzhAiBt1V48+5GDAKBggqhkjOPQQDAgNH
        ADBEAiBkAcrevhiZWQ9vXJX/Rv+e0039XOaF/w2oI3Dkm310lQIgKRWh5hBbrJsO
        1NxNEincWqLtZxHL7nqCt5gIyPDbCJc=
        -----END CERTIFICATE-----
        """

    /// The key of all server certificates.
    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSl0wpIBZjkAYaG2Q
        oIL1LRCPhuSGphylDvCC5aWmmgqhRANCAAQy/xPMf7uhnXooXQ+e8HWQ1j7ayK7m
        DVr0YWiUHWO3Y2LvRUlH1pBgfBHHRX3JTYfurLFMOLQGD4mmCpEMT8Z9
        -----END PRIVATE KEY-----
        """

    /// A server's side of TLS with one of the certificates; with an authority for clients, they must show a certificate.
    static func serverContext(
        _ certificate: String,
        key: String = serverKey,
        clientAuthority: String? = nil,
        maximumTLSVersion: TLSVersion? = nil
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = maximumTLSVersion
        if let clientAuthority {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(
                try NIOSSLCertificate.fromPEMBytes(Array(clientAuthority.utf8))
            )
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
