import Testing

@testable import JaneeSecrets

/// What a lease decides, on clocks that are numbers.
@Suite("When a credential is renewed and replaced")
struct LeaseScheduleTests {
    typealias Schedule = LeaseSchedule<String>

    private static func at(_ seconds: Double, calendar: Double? = nil) -> LeaseTime {
        LeaseTime(steady: .seconds(seconds), calendar: .seconds(1_800_000_000 + (calendar ?? seconds)))
    }

    private static func grant(
        _ token: String = "a",
        _ lifetime: Double? = 3600,
        renewable: Bool = true,
        refresh: Double? = nil,
        uses: Int? = nil
    ) -> TokenGrant<String> {
        TokenGrant(
            token,
            lifetime: lifetime.map { .seconds($0) },
            isRenewable: renewable,
            refreshAfter: refresh.map { .seconds($0) },
            uses: uses,
            isRevocable: true
        )
    }

    /// A schedule that holds `grant` since 0.
    private static func holding(_ grant: TokenGrant<String> = grant()) throws -> Schedule {
        var schedule = Schedule()
        schedule.beginsLogin(at: at(0))
        _ = try schedule.loggedIn(grant, sent: at(0), at: at(0.1), jitter: 0)
        return schedule
    }

    private static func describe(_ use: Schedule.Use) -> String {
        switch use {
        case .token(let token, _): token
        case .logIn: "log in"
        case .refused(let error): error.code.rawValue
        }
    }

    private static func failure(_ code: SecretError.Code, retryAfter: Duration? = nil) -> SecretError {
        SecretError(code, "scripted", retryAfter: retryAfter)
    }

    @Test("nothing is asked for before anybody needs a credential")
    func beginning() {
        var schedule = Schedule()
        #expect(schedule.step(at: Self.at(0)) == .rest)
        #expect(Self.describe(schedule.use(at: Self.at(0))) == "log in")
    }

    @Test(
        "renewal is due at 80 % of the lifetime since the request was sent, or when the issuer wants it",
        arguments: [(3600, nil, 2880), (3600, 1800, 1800), (3600, 3500, 2880), (nil, 600, 600), (10, nil, 8)]
            as [(Double?, Double?, Double)]
    )
    func due(lifetime: Double?, refresh: Double?, due: Double) throws {
        let schedule = try Self.holding(Self.grant("a", lifetime, refresh: refresh))
        #expect(schedule.step(at: Self.at(due - 2)) == .wait(.seconds(2)))
        #expect(schedule.step(at: Self.at(due)) == .renew("a", number: 1))
    }

    @Test("what does not expire has no timer")
    func unlimited() throws {
        #expect(try Self.holding(Self.grant("a", nil)).step(at: Self.at(1e9)) == .rest)
    }

    @Test("what cannot be renewed is replaced at the same time")
    func replaced() throws {
        var schedule = try Self.holding(Self.grant(renewable: false))
        #expect(schedule.step(at: Self.at(2880)) == .logIn)
        #expect(Self.describe(schedule.use(at: Self.at(2880))) == "a")
        schedule.beginsLogin(at: Self.at(2880))
        _ = try schedule.loggedIn(Self.grant("b"), sent: Self.at(2880), at: Self.at(2881), jitter: 0)
        #expect(Self.describe(schedule.use(at: Self.at(2881))) == "b")
        #expect(schedule.step(at: Self.at(2881)) == .wait(.seconds(2879)))
        #expect(schedule.end(at: Self.at(2882)) == ["a", "b"])
        #expect(schedule.end(at: Self.at(2882)).isEmpty)
    }

    @Test("a renewal counts from when it was sent")
    func renewed() throws {
        var schedule = try Self.holding()
        schedule.beginsRenewal(at: Self.at(2880))
        schedule.renewed(Self.grant(), 1, sent: Self.at(2880), at: Self.at(2885))
        #expect(schedule.step(at: Self.at(2885)) == .wait(.seconds(2875)))
        #expect(Self.describe(schedule.use(at: Self.at(6479))) == "a")
        #expect(Self.describe(schedule.use(at: Self.at(6480))) == "log in")
    }

    @Test("a renewal that extends nothing, or hardly, leads to a login", arguments: [(720, 2881), (1000, 3680)])
    func bound(lifetime: Double, login: Double) throws {
        var schedule = try Self.holding()
        schedule.beginsRenewal(at: Self.at(2880))
        schedule.renewed(Self.grant("a", lifetime), 1, sent: Self.at(2880), at: Self.at(2880))
        #expect(schedule.step(at: Self.at(login)) == .logIn)
        let pause = lifetime == 720 ? 1.0 : login - 2880
        #expect(schedule.step(at: Self.at(2880)) == .wait(.seconds(pause)))
    }

    @Test("failed renewals pause longer and longer, and the credential is used to its end")
    func backOff() throws {
        var schedule = try Self.holding()
        var now = 2880.0
        var pauses: [Double] = []
        while now < 3600 {
            #expect(schedule.step(at: Self.at(now)) == .renew("a", number: 1))
            schedule.beginsRenewal(at: Self.at(now))
            schedule.renewalFailed(Self.failure(.providerUnavailable), 1, at: Self.at(now), jitter: 0)
            #expect(Self.describe(schedule.use(at: Self.at(now))) == "a")
            guard case .wait(let pause) = schedule.step(at: Self.at(now)) else {
                Issue.record("no pause")
                return
            }
            pauses.append(pause / .seconds(1))
            now += pauses.last ?? 0
        }
        #expect(pauses.prefix(8) == [1, 2, 4, 8, 16, 32, 60, 60])
        // Then it is replaced, and that is tried without end.
        #expect(schedule.step(at: Self.at(now)) == .logIn)
        schedule.beginsLogin(at: Self.at(now))
        schedule.loginFailed(Self.failure(.providerUnavailable), at: Self.at(now), jitter: 0)
        guard case .refused(let error) = schedule.use(at: Self.at(now)) else {
            Issue.record("not refused")
            return
        }
        #expect(error.code == .providerAuthFailed)
        #expect((error.cause as? SecretError)?.code == .providerUnavailable)
        #expect(schedule.step(at: Self.at(now + 60)) == .logIn)
    }

    @Test("what a renewal's failure says is believed")
    func failures() throws {
        var denied = try Self.holding()
        denied.beginsRenewal(at: Self.at(2880))
        denied.renewalFailed(Self.failure(.providerPermissionDenied), 1, at: Self.at(2880), jitter: 0)
        #expect(denied.step(at: Self.at(2881)) == .logIn)
        #expect(Self.describe(denied.use(at: Self.at(2881))) == "a")

        var dead = try Self.holding()
        dead.served(1)
        dead.beginsRenewal(at: Self.at(2880))
        dead.renewalFailed(Self.failure(.providerAuthFailed), 1, at: Self.at(2880), jitter: 0)
        #expect(Self.describe(dead.use(at: Self.at(2880))) == "log in")

        var limited = try Self.holding()
        limited.beginsRenewal(at: Self.at(2880))
        limited.renewalFailed(
            Self.failure(.providerRateLimited, retryAfter: .seconds(90)),
            1,
            at: Self.at(2880),
            jitter: 0
        )
        #expect(limited.step(at: Self.at(2880)) == .wait(.seconds(90)))
    }

    @Test("the answer of a renewal that came too late is ignored")
    func late() throws {
        var schedule = try Self.holding(Self.grant(renewable: false))
        _ = try schedule.loggedIn(Self.grant("b", 100), sent: Self.at(5), at: Self.at(5), jitter: 0)
        schedule.renewed(Self.grant("a"), 1, sent: Self.at(6), at: Self.at(7))
        schedule.renewalFailed(Self.failure(.providerAuthFailed), 1, at: Self.at(7), jitter: 0)
        #expect(Self.describe(schedule.use(at: Self.at(8))) == "b")
    }

    @Test("a dead credential that was good is replaced at once, one that never was after a pause")
    func dead() throws {
        var good = try Self.holding()
        good.served(1)
        good.died(1, at: Self.at(10), jitter: 0)
        good.died(1, at: Self.at(10), jitter: 0)
        #expect(Self.describe(good.use(at: Self.at(10))) == "log in")
        _ = try good.loggedIn(Self.grant("b"), sent: Self.at(10), at: Self.at(10), jitter: 0)
        good.died(2, at: Self.at(10), jitter: 0)
        #expect(Self.describe(good.use(at: Self.at(10.9))) == "PROVIDER_AUTH_FAILED")
        #expect(Self.describe(good.use(at: Self.at(11))) == "log in")
        // The keeper sees to it as well.
        #expect(good.step(at: Self.at(11)) == .logIn)
        // One that nobody has needed for a while may have been good.
        var idle = try Self.holding()
        idle.died(1, at: Self.at(59.9), jitter: 0)
        #expect(Self.describe(idle.use(at: Self.at(59.9))) == "PROVIDER_AUTH_FAILED")
        idle = try Self.holding()
        idle.died(1, at: Self.at(60), jitter: 0)
        #expect(Self.describe(idle.use(at: Self.at(60))) == "log in")
    }

    @Test("a login that yields the credential that was refused is a failure")
    func sameAgain() throws {
        var schedule = try Self.holding()
        schedule.served(1)
        schedule.died(1, at: Self.at(10), jitter: 0)
        let error = #expect(throws: SecretError.self) {
            try schedule.loggedIn(Self.grant(), sent: Self.at(10), at: Self.at(10), jitter: 0)
        }
        #expect(error?.code == .providerAuthFailed)
        #expect(Self.describe(schedule.use(at: Self.at(10.5))) == "PROVIDER_AUTH_FAILED")
        #expect(Self.describe(schedule.use(at: Self.at(11))) == "log in")
        // Where there is no other, it is tried again once a minute: the refusal may have been a mistake.
        #expect(throws: SecretError.self) {
            try schedule.loggedIn(Self.grant(), sent: Self.at(69), at: Self.at(69.9), jitter: 0)
        }
        _ = try schedule.loggedIn(Self.grant(), sent: Self.at(70), at: Self.at(70), jitter: 0)
        #expect(Self.describe(schedule.use(at: Self.at(70))) == "a")
        schedule.died(2, at: Self.at(70), jitter: 0)
        #expect(throws: SecretError.self) {
            try schedule.loggedIn(Self.grant(), sent: Self.at(129), at: Self.at(129), jitter: 0)
        }
    }

    @Test("the same credential with the same expiry is no news, and asked for again at 80 % of what is left")
    func noNews() throws {
        var schedule = try Self.holding(Self.grant(renewable: false))
        var now = 2880.0
        var requests = 0
        while now < 3600 {
            if schedule.step(at: Self.at(now)) == .logIn {
                requests += 1
                schedule.beginsLogin(at: Self.at(now))
                let left = Self.grant("a", 3600 - now, renewable: false)
                #expect(try schedule.loggedIn(left, sent: Self.at(now), at: Self.at(now), jitter: 0) == 1)
            }
            #expect(Self.describe(schedule.use(at: Self.at(now))) == "a")
            now += 0.25
        }
        #expect((4...10).contains(requests))
    }

    @Test("uses are counted, renewals among them, and the last one is left to whoever needs a secret")
    func uses() throws {
        var schedule = try Self.holding(Self.grant(uses: 3))
        #expect(Self.describe(schedule.use(at: Self.at(1), isSpent: false)) == "a")
        #expect(Self.describe(schedule.use(at: Self.at(1))) == "a")
        #expect(schedule.step(at: Self.at(2880)) == .renew("a", number: 1))
        schedule.beginsRenewal(at: Self.at(2880))
        schedule.renewed(Self.grant(), 1, sent: Self.at(2880), at: Self.at(2880))
        #expect(schedule.step(at: Self.at(6000)) == .rest)
        #expect(Self.describe(schedule.use(at: Self.at(6001))) == "a")
        // Replaced when somebody needs it, not before.
        #expect(schedule.step(at: Self.at(6002)) == .rest)
        #expect(Self.describe(schedule.use(at: Self.at(6002))) == "log in")
        #expect(schedule.end(at: Self.at(6003)).isEmpty)
    }

    @Test("a burst of requests with a credential for one use each needs no pause between logins")
    func burst() throws {
        var schedule = Schedule()
        for number in 1...20 {
            #expect(Self.describe(schedule.use(at: Self.at(0))) == "log in")
            schedule.beginsLogin(at: Self.at(0))
            let fresh = try schedule.loggedIn(
                Self.grant("\(number)", uses: 1),
                sent: Self.at(0),
                at: Self.at(0),
                jitter: 0
            )
            #expect(Self.describe(schedule.use(at: Self.at(0), fresh: fresh)) == "\(number)")
        }
        // But not if they are all bad.
        schedule.died(3, at: Self.at(0), jitter: 0)
        #expect(Self.describe(schedule.use(at: Self.at(0))) == "PROVIDER_AUTH_FAILED")
    }

    @Test("one that is granted for no time at all is used by whoever waited for it, and by nobody else")
    func shortLived() throws {
        var schedule = Schedule()
        schedule.beginsLogin(at: Self.at(0))
        let fresh = try schedule.loggedIn(Self.grant("a", 0), sent: Self.at(0), at: Self.at(0.2), jitter: 0)
        #expect(Self.describe(schedule.use(at: Self.at(0.2), fresh: fresh)) == "a")
        #expect(Self.describe(schedule.use(at: Self.at(0.3))) == "PROVIDER_AUTH_FAILED")
        #expect(Self.describe(schedule.use(at: Self.at(1))) == "log in")
    }

    @Test(
        "failed logins pause longer and longer; what may pass is tried sooner",
        arguments: [
            (.providerAuthFailed, [1, 2, 4, 8, 16, 32, 60, 60]),
            (.providerUnavailable, [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60, 60]),
            (.providerInternalError, [1, 2, 4]),
        ] as [(SecretError.Code, [Double])]
    )
    func logins(code: SecretError.Code, pauses: [Double]) {
        var schedule = Schedule()
        var now = 0.0
        for pause in pauses {
            #expect(Self.describe(schedule.use(at: Self.at(now))) == "log in")
            schedule.beginsLogin(at: Self.at(now))
            schedule.loginFailed(Self.failure(code), at: Self.at(now), jitter: 0)
            #expect(Self.describe(schedule.use(at: Self.at(now + pause * 0.99))) == code.rawValue)
            now += pause * 1.000_001
        }
    }

    @Test("what a login's Retry-After asks for is kept to, and told with what is left of it")
    func retryAfter() {
        var schedule = Schedule()
        schedule.loginFailed(
            Self.failure(.providerRateLimited, retryAfter: .seconds(100)),
            at: Self.at(0),
            jitter: 0
        )
        guard case .refused(let error) = schedule.use(at: Self.at(70)) else {
            Issue.record("not refused")
            return
        }
        #expect(error.code == .providerRateLimited && error.retryAfter == .seconds(30))
        #expect(Self.describe(schedule.use(at: Self.at(100))) == "log in")
    }

    @Test("the older of what two clocks say counts: suspended, set forward, set back")
    func clocks() throws {
        var schedule = try Self.holding()
        // The machine slept for two hours, and only the calendar knows.
        #expect(Self.describe(schedule.use(at: Self.at(60, calendar: 7260))) == "log in")
        #expect(schedule.step(at: Self.at(60, calendar: 7260)) == .logIn)
        // The calendar was set back by a year: the other clock counts on.
        #expect(schedule.step(at: Self.at(60, calendar: -31_000_000)) == .wait(.seconds(2820)))
        #expect(Self.describe(schedule.use(at: Self.at(3600, calendar: -31_000_000))) == "log in")
        // After a login everything counts from there, and pauses do not follow the calendar.
        schedule.beginsLogin(at: Self.at(60, calendar: 7260))
        schedule.loginFailed(Self.failure(.providerAuthFailed), at: Self.at(60, calendar: 7260), jitter: 0)
        #expect(Self.describe(schedule.use(at: Self.at(60.5, calendar: 99_999))) == "PROVIDER_AUTH_FAILED")
    }
}
