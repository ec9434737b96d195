/// Certificates and keys that clients show, valid from 2020 to 2120; the keys protect nothing.
extension Certificates {
    /// The authority that signed ``client``.
    static let clientAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBezCCASGgAwIBAgIBATAKBggqhkjOPQQDAjAkMSIwIAYDVQQDDBlMb29wYmFj
        ayBDbGllbnQgQXV0aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAw
        MDAwWjAkMSIwIAYDVQQDDBlMb29wYmFjayBDbGllbnQgQXV0aG9yaXR5MFkwEwYH
        KoZIzj0CAQYIKoZIzj0DAQcDQgAEPcGPVOKP2p8h9g8ptVUvmObran1WqNIMKt//
        K7oj449ZfEurGf4Udbfbldqnumk94uycgt/yjLRwjAwsmcEUMqNCMEAwDwYDVR0T
        AQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwHQYDVR0OBBYEFDk8Sb0ef4gMT+bz
        Y0XpuBYCbBSHMAoGCCqGSM49BAMCA0gAMEUCIQDP4qAXDkh3/qQc8eZZpm7iTksh
        wrAcyEsPYuLGt0AlQgIgH+36RRUYmJX/sAmsHeaZ8o4PjBtzXpHKg8uF0t86/5o=
        -----END CERTIFICATE-----
        """

    /// For a client.
    static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBmjCCAUGgAwIBAgIBAjAKBggqhkjOPQQDAjAkMSIwIAYDVQQDDBlMb29wYmFj
        ayBDbGllbnQgQXV0aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAw
        MDAwWjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AARqBCepPkDv2CD+MkMDnjIHBoho0flrNvQz0ZcBZNu+ae1R5v1y6Dcnm6RNeIcJ
        XGvc8bsDeB6xaZavev+/gtuXo3UwczAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQE
        AwIHgDATBgNVHSUEDDAKBggrBgEFBQcDAjAdBgNVHQ4EFgQUPThTpBhzOwIy0HBx
        m9zJ/Dq6gb8wHwYDVR0jBBgwFoAUOTxJvR5/iAxP5vNjRem4FgJsFIcwCgYIKoZI
        zj0EAwIDRwAwRAIgKiJmoSZ4x6LACxYQy1jMN7nZr3CbSVmMgfpu6DdN1Z8CIF+1
        BicFlWfw3/YNO9GkpLxLf8yJeJfVoeG24bYOwFu5
        -----END CERTIFICATE-----
        """

    /// The key of ``client``.
    static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDsSUHb6RtCDAYfZa
        K2wnS1fj4CJ2gQY+56xcSpCJ0HOhRANCAARqBCepPkDv2CD+MkMDnjIHBoho0flr
        NvQz0ZcBZNu+ae1R5v1y6Dcnm6RNeIcJXGvc8bsDeB6xaZavev+/gtuX
        -----END PRIVATE KEY-----
        """

    /// The key of ``client``, encrypted with a password.
    static let encryptedClientKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgh14Q+2TsaZQICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAdKQmS/BJ4+pj3E2O3RAgEEgZAY
        CoKkYm4lnzxvnLg13S8G3Ex7b9n9ZwDH456HJVuIz7y+cz0aydFBUYQut44M/B8q
        KJv12WLbHVRprL4XPtC+7Ibkp8jI5pGuEcKvWz2i8U/1pkmlSmaaJmrCzl2rCJht
        6SVR59PfD8Avxim3/P3DOpZXm0taUaufdqCkFo9JWR1sU5cK/q8lsTeZwAQ8ip4=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    /// Of a client that nobody vouches for.
    static let stranger = """
        -----BEGIN CERTIFICATE-----
        MIIBbDCCARGgAwIBAgIBAzAKBggqhkjOPQQDAjATMREwDwYDVQQDDAhzdHJhbmdl
        cjAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowEzERMA8GA1UEAwwI
        c3RyYW5nZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS2vNtgrVPe5WWlun5F
        xpcS6J47paCDgdyBWssKQIugSU1YQd0387tl61nXtpmMlchc47c4iPHkiZTP565h
        vsxbo1QwUjAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDATBgNVHSUEDDAK
        BggrBgEFBQcDAjAdBgNVHQ4EFgQUNYI7AXaJvWWtJHLNr1hU/wsqz1swCgYIKoZI
        zj0EAwIDSQAwRgIhALkbXqNty9YEUi90LteJIcbXHS8ABqMuAQz4OS32nip/AiEA
        wcZDxcZm0z0u8NY1HUiXXSS+S8fwVAbRQu9AWIuVdd4=
        -----END CERTIFICATE-----
        """

    /// The key of ``stranger``.
    static let strangerKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgD3/zu8qlGGxQvMTA
        Fipy7X4183Xpluiob558glWAYPehRANCAAS2vNtgrVPe5WWlun5FxpcS6J47paCD
        gdyBWssKQIugSU1YQd0387tl61nXtpmMlchc47c4iPHkiZTP565hvsxb
        -----END PRIVATE KEY-----
        """
}
