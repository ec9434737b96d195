/// Certificates for doubles on loopback, valid from 2020 to 2120 but for one; the keys protect nothing.
package enum TestCertificates {
    /// The authority that signed the others.
    package static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBczCCARmgAwIBAgIBATAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVEb3VibGUg
        VGVzdCBBdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
        MCAxHjAcBgNVBAMMFURvdWJsZSBUZXN0IEF1dGhvcml0eTBZMBMGByqGSM49AgEG
        CCqGSM49AwEHA0IABHYRFYCCezf9PpTy2fWbOF7UXGK8G0TwxdxIko7UDOMr+9RN
        HacP1IDOeEH6aiLV/7WMbkED23p9uY6mDhYgqfyjQjBAMA8GA1UdEwEB/wQFMAMB
        Af8wDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBTjeHc4ET7uYw0v+XCBMLcUkiW2
        fTAKBggqhkjOPQQDAgNIADBFAiBsRpX2uaCEjpKPnOBtpGan2UBg0MS9I6xTx6w4
        JvSxMQIhAJQ1fm0hR9/aaQzpqRAkProUhp8TM8TlG+78onSI4AtK
        -----END CERTIFICATE-----
        """

    /// For `localhost`, 127.0.0.1 and ::1.
    package static let valid = """
        -----BEGIN CERTIFICATE-----
        MIIBxjCCAWygAwIBAgIBAjAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVEb3VibGUg
        VGVzdCBBdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
        MBAxDjAMBgNVBAMMBXZhbGlkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDhTU
        JDGLyXIdeWvBbVnNvR07rtlCfg2is8qkVhh/ct5a7vLfR1BLK+lJ8pTmwm3ifgQi
        0PYTHATpsXCzc3Ka+qOBpDCBoTAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIH
        gDATBgNVHSUEDDAKBggrBgEFBQcDATAsBgNVHREEJTAjgglsb2NhbGhvc3SHBH8A
        AAGHEAAAAAAAAAAAAAAAAAAAAAEwHQYDVR0OBBYEFG6ONOW5gV/M+/jwvuNkBUWp
        rUmNMB8GA1UdIwQYMBaAFON4dzgRPu5jDS/5cIEwtxSSJbZ9MAoGCCqGSM49BAMC
        A0gAMEUCIDse4OBgWsqryjRx77gE3tcyrJZMKWIBqdFBYmB2WDQaAiEAkUTIoQ1t
        Zb74CyqFozztc8U5YjB7/INuiBBVaItMOvI=
        -----END CERTIFICATE-----
        """

    /// For `elsewhere.example` and 127.0.0.2.
    package static let wrongHost = """
        -----BEGIN CERTIFICATE-----
        MIIBwTCCAWegAwIBAgIBAzAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVEb3VibGUg
        VGVzdCBBdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
        MBUxEzARBgNVBAMMCndyb25nLWhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AAQOFNQkMYvJch15a8FtWc29HTuu2UJ+DaKzyqRWGH9y3lru8t9HUEsr6UnylObC
        beJ+BCLQ9hMcBOmxcLNzcpr6o4GaMIGXMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/
        BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMCIGA1UdEQQbMBmCEWVsc2V3aGVy
        ZS5leGFtcGxlhwR/AAACMB0GA1UdDgQWBBRujjTluYFfzPv48L7jZAVFqa1JjTAf
        BgNVHSMEGDAWgBTjeHc4ET7uYw0v+XCBMLcUkiW2fTAKBggqhkjOPQQDAgNIADBF
        AiBZezOsRjk8IxlRELgOmoYd/H5nAxXBa4dtOe+lAJyu3AIhAL0eNTV/WKSvkA57
        W09aUkORRzIcT2XEc5Jv4cPyezgV
        -----END CERTIFICATE-----
        """

    /// For `localhost`, 127.0.0.1 and ::1, until 2021.
    package static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBxjCCAWygAwIBAgIBBDAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVEb3VibGUg
        VGVzdCBBdXRob3JpdHkwHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAS
        MRAwDgYDVQQDDAdleHBpcmVkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDhTU
        JDGLyXIdeWvBbVnNvR07rtlCfg2is8qkVhh/ct5a7vLfR1BLK+lJ8pTmwm3ifgQi
        0PYTHATpsXCzc3Ka+qOBpDCBoTAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIH
        gDATBgNVHSUEDDAKBggrBgEFBQcDATAsBgNVHREEJTAjgglsb2NhbGhvc3SHBH8A
        AAGHEAAAAAAAAAAAAAAAAAAAAAEwHQYDVR0OBBYEFG6ONOW5gV/M+/jwvuNkBUWp
        rUmNMB8GA1UdIwQYMBaAFON4dzgRPu5jDS/5cIEwtxSSJbZ9MAoGCCqGSM49BAMC
        A0gAMEUCIQD0o/RUKjYuJoMsf3ExXUb+FRLnbLs/YOQ+X+Bun1fBNAIgD5YRb9yL
        t/1gVvGnOf2+y4u8CNRB0Mn+tn2Y2ZUJT7c=
        -----END CERTIFICATE-----
        """

    /// The key of the servers' certificates.
    package static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvp3YoGp/0fKiSMgR
        k2m8NafLNM+A7cieUx/hnTc+RK+hRANCAAQOFNQkMYvJch15a8FtWc29HTuu2UJ+
        DaKzyqRWGH9y3lru8t9HUEsr6UnylObCbeJ+BCLQ9hMcBOmxcLNzcpr6
        -----END PRIVATE KEY-----
        """

    /// Of a client with the common name `client`.
    package static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBlzCCAT2gAwIBAgIBBTAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVEb3VibGUg
        VGVzdCBBdXRob3JpdHkwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
        MBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKU3
        +fOck1fcX8utthOqcNosWZrJ/wy3FUESSdK+ek4xhzwpWnkCZSyybzBIEKqPME8q
        chlbsW7q6l0+HZGCOGGjdTBzMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeA
        MBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQWBBQmG58NkqmnZoafwXE22knW
        Dhwp6DAfBgNVHSMEGDAWgBTjeHc4ET7uYw0v+XCBMLcUkiW2fTAKBggqhkjOPQQD
        AgNIADBFAiEAwiYPLIZBNoJALYZ/wytWwQf3wRFR+By0J5bCQJUgh7kCIBfI+CNu
        NUcFWKQUUJgtcwv2P/6kk31+XwxtXxOG6QYu
        -----END CERTIFICATE-----
        """

    /// The key of the client's certificate.
    package static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUcX+BeoRimv2oSR0
        rgDFn7+O+QrxRyKbDSomdXAME3ChRANCAASlN/nznJNX3F/LrbYTqnDaLFmayf8M
        txVBEknSvnpOMYc8KVp5AmUssm8wSBCqjzBPKnIZW7Fu6updPh2Rgjhh
        -----END PRIVATE KEY-----
        """
}
