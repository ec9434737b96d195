/// A server's certificate with a key of another kind, and the digests of the keys of servers.
extension Certificates {
    /// The digest of the public key of all certificates but ``rsa``.
    ///
    /// OpenSSL makes it:
    /// `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64`
    static let pin = "mwfzP4tLOFMFqSiPNKKR/8+YS6SMlHlsgrO3Zp4WPsc="
    /// The same of ``rsa``.
    static let rsaPin = "CRsL9Ur0JIG7mgKnEetCeJqN4SgmdAS41EYK6tjaPzs="

    /// For `localhost` and 127.0.0.1, signed by itself.
    static let rsa = """
        -----BEGIN CERTIFICATE-----
        MIIC8DCCAdigAwIBAgIBBDANBgkqhkiG9w0BAQsFADAUMRIwEAYDVQQDDAlsb2Nh
        bGhvc3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNV
        BAMMCWxvY2FsaG9zdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAOK9
        wV2EqbI/oBwyZUw5BLfvqF7tTsY3nzyi+PCNfFFAW2rrVpR3LZy+FWlznFKr5tAP
        3EcejvqroRB8pKOayvs9rwlQ9Q9K4bAeFIx4z3F6KtC10VvLJrvGauRCymVLpbpO
        GsY0Q0BdyDlbotL5GwI3eDNDg2Ywoa5ocFOuHypLf1IOftxpt38tQnXaEguRhYdj
        Sr+JeGKxxFtOp51ZCpu2avjShxCFLL6B0lYSIRCRllp/fp6li2XzTbML8CK09Z7n
        B4tU5s8I6KIaAiWQBJa/jQjJpJdQU4xldRBJDOuq6vfYWfLChEtBvO5mb64JVQ75
        a7HvFQjJqWVxzLtuyJECAwEAAaNLMEkwDAYDVR0TAQH/BAIwADAaBgNVHREEEzAR
        gglsb2NhbGhvc3SHBH8AAAEwHQYDVR0OBBYEFOrFpV0ydYikPBipsOBLgueg/AtJ
        MA0GCSqGSIb3DQEBCwUAA4IBAQANxQfr062orBXOLpbpzmFeAFVmB9I6akLikEbM
        CiN2iJ4Rw4RPuDC1ux38tF9YYxrDrmWLF5uBbyqY50jg8SNhz3FU7u0SRqrS/Srf
        U37B7gJm63RYAM93YwXQPT1WaKf3BAQIXU+GbU+azvxXv3lN9QYCJORwy/qMvHso
        dCjfHBiRMMxU+DTqyZddm3pVXoQeWc2k+sZxNi8EPF6h2sWfI4wc4aThHU0RfLOe
        XZH4RQ/s1Z0ZhwVnBEEpTb4249N0KN3ajYDv1aFIQBX9NdZmEq4VPJew4E28jWjt
        jQYL3pXMgyubdV/K/HmEQgYm0Cd47meQ0inuFN0MUHrkApDB
        -----END CERTIFICATE-----
        """

    /// The key of ``rsa``.
    static let rsaKey = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDivcFdhKmyP6Ac
        MmVMOQS376he7U7GN588ovjwjXxRQFtq61aUdy2cvhVpc5xSq+bQD9xHHo76q6EQ
        fKSjmsr7Pa8JUPUPSuGwHhSMeM9xeirQtdFbyya7xmrkQsplS6W6ThrGNENAXcg5
        W6LS+RsCN3gzQ4NmMKGuaHBTrh8qS39SDn7cabd/LUJ12hILkYWHY0q/iXhiscRb
        TqedWQqbtmr40ocQhSy+gdJWEiEQkZZaf36epYtl802zC/AitPWe5weLVObPCOii
        GgIlkASWv40IyaSXUFOMZXUQSQzrqur32FnywoRLQbzuZm+uCVUO+Wux7xUIyall
        ccy7bsiRAgMBAAECggEAAXm0wkg/WwOkpdoD+8lnY3JdGVp+mEwU6s3y3y8nvLv1
        sd1ir/d+/JKcHMUyMS6jxb+wNeGvavln6UFjw17jsIf4HhoG05XUs+BcijIxZjfM
        NIGHI/LW0oBh7BWcD9XQSTs/tEtzUtkZ/gEr8X97cx2Fk2m+aIAZ/gA5YUcX+yYq
        JycLnM2INK3cyoDN4I/hcPsSmyfu6aS2xPdjQicHB5MBvMX1I1NuevyofGNhGfzW
        DN0eNlY34rmI64w9nagjZ2S3t2jS8388IfEL/EzDut9cBFmFuVs3VkU74cpN2j1a
        UUTD5iTzIUeEVvDBYoKWTQF9SCalD/ht4wiCpRscuQKBgQD3h85oQhLmRSoUwiBV
        2qjrHC57dydHJGV3PP9WXagMO8569cTbEGqqFuYlvQ/JG6UHwzlwmVpqLuzH+H7Y
        0Pu1xX1f6SJ36fzTR/JKEduNmCBikoMK1tWN/5p2zqCcnzhLu9uBbBuAnYX1KSst
        KYF0EPFfUpmvjQJX/qLvZMuX+QKBgQDqf9mFG/PGF6UBt97XSmwqXGXrOhdbFfGv
        U7M7Gxj8HsNPm/wLizXvQpxUywHsMKU2t5bF2w9eu+Jge8Nw/7vVYuJNMcoKizyM
        nS7kMW5uT9V+/ZjiYWV9PSoGx2njDSAZHvNL06U3VxwEW3Uwo0o/cxD0iSr7T5qK
        6KgA5mlLWQKBgQDStXxzK6vC8SV9PjMgYl5gpUC8QRXibY0iD36cGmWu5EpESWol
        wLfLympnvaTuYOX+0aTXwPNCaGePYm04S825UkADoQWCZmCdyiTqAIGQ6urGfkmm
        tHJdyjPG5uW57Z+SeHvGlCxlM7KQm1bxvt8/2hxeNIY29iYEmfJBLuBQoQKBgHZK
        8Eu5gguXueFYA83O+SmVWsSClW2ZcEXljzBtxvjH+/aY1VhtbVO44mvTzLB9CZrE
        mgZNLz+2v8e0Jy9FkldefpI6X5VaD71PPWxXk0GKfESHYSwxvaSjyiOJTN0ArgR+
        HHVP2rRD+RopmMBkXvwK666v00LbMTaJjtaFZPBhAoGBAIgTjd8g/S3lKQloiija
        7gfyrF88E2MX7sqHtVPqPbeuIW1FV9AddLNUKycycHGbHvyk9c55wkLlLkA5CisH
        2JHjncTUOXmz6imSQeqj5ys+5CUIkwbhYQo68W2kpL0+YW+QYtUNDAZduydT2Kw9
        4/NqmZVoXt91eVYCyxasPJlk
        -----END PRIVATE KEY-----
        """
}
