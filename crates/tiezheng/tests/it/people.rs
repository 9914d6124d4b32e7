//! Accounts, the two people each grant takes, sessions and what ends them, and wrong passwords.

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::site::{PASSWORD, Site, both, told};

const OWN: &str = "a-password-of-my-own";

fn sign_in(client: &Client, account: &str, password: &str) -> Answer {
    client.post("/api/session", &json!({"account": account, "password": password}))
}

fn activate(client: &Client, account: &str, codes: [&str; 2], password: &str) -> Answer {
    client.post("/api/session/activation", &json!({"account": account, "codes": codes, "password": password}))
}

/// A grant for an account: its id and the asker's half of the code.
fn asked(client: &Client, account: &str, body: &Value) -> (String, String) {
    let answer = client.post(&format!("/api/accounts/{account}/grants"), body).is(201).json();
    let text = |key: &str| answer[key].as_str().unwrap_or("").to_owned();
    (text("grant"), text("code"))
}

fn confirm(client: &Client, grant: &str) -> Answer {
    client.post(&format!("/api/grants/{grant}/confirm"), &json!({}))
}

/// The acts done to an account.
fn acts(site: &Site, account: &str) -> Vec<String> {
    site.rows(&format!("select act from event where subject = '{account}'"))
}

/// A security administrator alone makes nobody who could see a recording, and neither does the one who confirms.
#[test]
fn an_account_takes_two_people_and_its_owner() {
    both(|site| {
        site.cli(&["admin", "account", "dl-leader", "--agency", "dl", "--roles", "leader"]).good();
        site.serve();
        let security = site.sign_in("security_admin");
        let body =
            json!({"agency_id": "fz", "unit_id": "fz-zd1", "name": "新人", "account": "new", "roles": ["officer"]});
        let made = security.post("/api/officers", &body).is(201).json();
        let (grant, first) = (made["grant"].as_str().expect("grant"), made["code"].as_str().expect("code"));
        let nobody = site.nobody();
        assert_eq!(activate(&nobody, "new", [first, first], OWN).is(401).code(), "session.code_wrong");
        let line = |client: &Client| -> Value {
            let accounts = client.get("/api/accounts?limit=200").items();
            accounts.into_iter().find(|account| account["account"] == "new").expect("the account")
        };
        let waiting = line(&security);
        assert_eq!(
            (&waiting["roles"], &waiting["waiting"], &waiting["activated"]),
            (&json!([]), &json!(true), &json!(false))
        );

        for (account, status, code) in [
            ("security_admin", 403, "permission.denied"),
            ("unit_head", 403, "permission.denied"),
            ("dl-leader", 404, "not_found"),
        ] {
            let answer = confirm(&site.token(account), grant).is(status);
            assert_eq!(answer.code(), code, "{account}");
        }
        assert_eq!(site.token("dl-leader").get("/api/grants").items(), Vec::<Value>::new());
        assert_eq!(site.token("dl-leader").get("/api/workbench").is(200).json()["grants"], 0);
        let leader = site.sign_in("leader");
        assert_eq!(leader.get("/api/workbench").is(200).json()["grants"], 1);
        let shown = leader.get("/api/grants").items();
        assert_eq!((&shown[0]["roles"], &shown[0]["may_confirm"]), (&json!(["officer"]), &json!(true)));
        assert_eq!(security.get("/api/grants").items()[0]["may_confirm"], false);

        let confirmed = confirm(&leader, grant).is(200).json();
        let second = confirmed["code"].as_str().expect("code");
        assert_eq!(confirm(&leader, grant).is(404).code(), "not_found", "once");
        for codes in [[first, first], [second, second], [first, ""], ["", second]] {
            assert_eq!(activate(&site.nobody(), "new", codes, OWN).is(401).code(), "session.code_wrong", "{codes:?}");
            site.tamper("delete from wrong_password");
        }
        assert_eq!(activate(&nobody, "new", [second, first], "short").is(422).code(), "password.too_short");
        site.tamper("update account set activation_until_ms = 1 where account = 'new'");
        activate(&nobody, "new", [second, first], OWN).is(401);
        site.tamper("update account set activation_until_ms = 9000000000000 where account = 'new'");
        activate(&nobody, "new", [&second.to_lowercase(), &first.replace('-', " ")], OWN).is(204);
        activate(&nobody, "new", [first, second], "another-password").is(401);
        let me = sign_in(&nobody, "new", OWN).is(200).json();
        assert_eq!(me["roles"], json!(["officer"]));
        // Of one moment there may be several, in any order.
        for act in ["account.made", "grant.asked", "grant.confirmed", "account.changed", "account.password_changed"] {
            assert_eq!(acts(site, "new").iter().filter(|told| *told == act).count(), 1, "{act}");
        }
        let changed = site.token("audit_admin").get("/api/audit?act=account.changed").items();
        let values = json!({"account": "new", "name": "新人", "person": made["id"], "agency": "fz", "roles": ["officer"], "disabled": false,
            "language": null});
        assert_eq!(changed[0]["detail"], values);
    });
}

/// `(who, what of whom, status, code)`
#[test]
fn what_administrators_may_not() {
    both(|site| {
        for (account, agency, roles) in
            [("fz-security", Some("fz"), "security_admin"), ("audit2", None, "audit_admin"), ("plain", Some("fz"), "")]
        {
            let mut args = vec!["admin", "account", account];
            args.extend(agency.map(|agency| ["--agency", agency]).into_iter().flatten());
            if !roles.is_empty() {
                args.extend(["--roles", roles]);
            }
            site.cli(&args).good();
        }
        site.serve();
        let roles = |roles: &[&str]| json!({"roles": roles});
        let (off, on) = (json!({"disabled": true}), json!({"disabled": false}));
        let lines: Vec<(&str, &str, &str, Value, u16, &str)> = vec![
            (
                "security_admin",
                "POST",
                "security_admin/grants",
                roles(&["security_admin", "officer"]),
                403,
                "grant.own",
            ),
            ("security_admin", "PUT", "security_admin", off.clone(), 403, "grant.own"),
            (
                "security_admin",
                "POST",
                "officer/grants",
                roles(&["officer", "security_admin"]),
                422,
                "role.incompatible",
            ),
            ("security_admin", "POST", "plain/grants", roles(&["audit_admin", "leader"]), 422, "role.incompatible"),
            (
                "security_admin",
                "POST",
                "plain/grants",
                roles(&["audit_admin", "system_admin"]),
                422,
                "role.incompatible",
            ),
            (
                "security_admin",
                "POST",
                "plain/grants",
                roles(&["security_admin", "system_admin"]),
                422,
                "role.incompatible",
            ),
            ("security_admin", "POST", "plain/grants", roles(&["king"]), 422, "role.unknown"),
            ("security_admin", "POST", "officer/grants", roles(&["officer"]), 409, "grant.nothing"),
            ("security_admin", "POST", "none/grants", roles(&["officer"]), 404, "not_found"),
            ("security_admin", "PUT", "none", off.clone(), 404, "not_found"),
            ("security_admin", "PUT", "audit_admin", off.clone(), 403, "account.auditor"),
            ("security_admin", "PUT", "officer", json!({"disabled": true, "roles": []}), 422, "request.field"),
            ("fz-security", "POST", "dl-officer/grants", roles(&[]), 404, "not_found"),
            ("fz-security", "PUT", "judicial_bureau", off.clone(), 404, "not_found"),
            ("system_admin", "PUT", "officer", off.clone(), 403, "permission.denied"),
            ("audit_admin", "POST", "officer/grants", roles(&["leader"]), 403, "permission.denied"),
            ("leader", "PUT", "officer", on.clone(), 403, "permission.denied"),
        ];
        for (who, method, path, body, status, code) in lines {
            let answer = site.token(who).write(method, &format!("/api/accounts/{path}"), &body);
            assert_eq!((answer.status, answer.code().as_str()), (status, code), "{who} {method} {path} {body}");
        }
        // The password of somebody else cannot be chosen.
        let body = json!({"agency_id": "fz", "name": "x", "account": "y", "roles": ["officer"], "password": PASSWORD});
        assert_eq!(site.token("security_admin").post("/api/officers", &body).is(422).code(), "request.field");

        // What opens every agency is not for the leader of one to confirm.
        let security = site.token("security_admin");
        let (grant, _) = asked(&security, "plain", &roles(&["judicial_bureau"]));
        let leader = site.token("leader");
        assert_eq!(confirm(&leader, &grant).is(403).code(), "grant.above");
        assert_eq!(leader.get("/api/workbench").is(200).json()["grants"], 0);
        assert_eq!(site.token("audit_admin").get("/api/workbench").is(200).json()["grants"], 1);
        confirm(&site.token("audit_admin"), &grant).is(200);

        // Nobody confirms what concerns himself, and the auditor's role is taken by two.
        let (grant, _) = asked(&security, "leader", &json!({"roles": ["leader"], "renew": true}));
        assert_eq!(confirm(&site.token("leader"), &grant).is(403).code(), "grant.own");
        security.send("DELETE", &format!("/api/grants/{grant}"), &[], None).is(204);
        confirm(&site.token("audit_admin"), &grant).is(404);
        let (grant, _) = asked(&security, "audit2", &roles(&[]));
        assert_eq!(site.row("select role from account_role where account = 'audit2'"), "audit_admin");
        assert_eq!(confirm(&site.token("audit2"), &grant).is(403).code(), "grant.own");
        assert_eq!(
            site.token("audit2").send("DELETE", &format!("/api/grants/{grant}"), &[], None).is(403).code(),
            "grant.own"
        );
        let (again, _) = asked(&security, "audit2", &roles(&[]));
        confirm(&site.token("audit_admin"), &grant).is(404);
        assert_eq!(confirm(&site.token("audit_admin"), &again).is(200).json()["code"], Value::Null);
        assert_eq!(site.rows("select role from account_role where account = 'audit2'"), Vec::<String>::new());
        site.assert_clean();
    });
}

/// A fixture of one person, as `officer` stands in the site's own, with changes.
fn reload(site: &Site, change: Value) -> (Option<i32>, String) {
    let mut person = json!({"id": "officer", "agency": "fz", "unit": "fz-zd1", "name": "张伟", "roles": ["officer"],
        "account": "officer", "certificate_no": "CERT-officer"});
    for (key, value) in change.as_object().expect("changes") {
        person[key] = value.clone();
    }
    let path = site.path("one.json");
    std::fs::write(&path, json!({"format": "tiezheng-fixture/1", "people": [person]}).to_string()).expect("written");
    let done = site.cli(&["load", path.to_str().expect("UTF-8")]);
    (done.code, told(&done.err))
}

/// What ends a session and a token, and what does not.
#[test]
fn what_ends_a_session() {
    both(|site| {
        site.serve();
        let security = site.token("security_admin");
        // Who holds nothing has nothing to hand over.
        crate::equipment::act(&site.token("custodian"), "return", "cam-1", crate::equipment::back()).is(200);
        let grants = |account: &str, body: &Value| asked(&security, account, body);
        let disable = |disabled: bool| {
            security.write("PUT", "/api/accounts/officer", &json!({"disabled": disabled})).is(204);
        };
        type Step<'a> = (&'a str, Box<dyn Fn() + 'a>, bool);
        let steps: Vec<Step> = vec![
            ("loaded again as it is", Box::new(|| assert_eq!(reload(site, json!({})).0, Some(0))), true),
            ("another name", Box::new(|| assert_eq!(reload(site, json!({"name": "张玮"})).0, Some(0))), true),
            ("asked for, not confirmed", Box::new(|| drop(grants("officer", &json!({"roles": ["custodian"]})))), true),
            (
                "confirmed",
                Box::new(|| {
                    let (grant, code) = grants("officer", &json!({"roles": ["officer", "custodian"]}));
                    assert_eq!(code, "", "a password is not touched");
                    confirm(&site.token("leader"), &grant).is(200);
                }),
                false,
            ),
            (
                "a role taken away",
                Box::new(|| assert_eq!(grants("officer", &json!({"roles": ["officer"]})).0, "")),
                false,
            ),
            ("disabled", Box::new(|| disable(true)), false),
            ("enabled", Box::new(|| disable(false)), true),
            ("retired", Box::new(|| assert_eq!(reload(site, json!({"active": false})).0, Some(0))), false),
            (
                "loaded with other roles",
                Box::new(|| assert_eq!(reload(site, json!({"roles": ["unit_head"]})).0, Some(0))),
                false,
            ),
        ];
        let mut out = None;
        for (what, act, stays) in steps {
            // Enabling brings nobody back: whoever was out stays out, and signs in again.
            let (session, token) = match out.take() {
                Some(out) if what == "enabled" => out,
                _ => {
                    if what == "loaded with other roles" {
                        assert_eq!(reload(site, json!({})).0, Some(0));
                    }
                    (site.sign_in("officer"), site.token("officer"))
                }
            };
            act();
            let expected = if stays && what != "enabled" { 200 } else { 401 };
            assert_eq!(session.get("/api/session").status, expected, "session: {what}");
            assert_eq!(token.get("/api/session").status, expected, "token: {what}");
            let in_again = if ["disabled", "retired"].contains(&what) { 401 } else { 200 };
            assert_eq!(sign_in(&site.nobody(), "officer", PASSWORD).status, in_again, "{what}");
            out = Some((session, token));
        }
        let refused = reload(site, json!({"roles": ["officer", "audit_admin"]}));
        assert_eq!(refused, (Some(1), "fixture.refused".to_owned()));
        let refused = reload(site, json!({"account": "second", "roles": ["system_admin"]}));
        assert_eq!(refused, (Some(1), "role.incompatible".to_owned()), "one person, two accounts");
        site.assert_clean();
    });
}

#[test]
fn a_password_of_ones_own() {
    both(|site| {
        site.serve();
        let (one, other, token) = (site.sign_in("custodian"), site.sign_in("custodian"), site.token("custodian"));
        one.post("/api/session/password", &json!({"old": PASSWORD, "new": OWN})).is(204);
        one.get("/api/session").is(200);
        other.get("/api/session").is(401);
        token.get("/api/session").is(200);
        sign_in(&site.nobody(), "custodian", PASSWORD).is(401);
        // Forgotten: asked for, confirmed by the leader, set by its owner; then everything before has ended.
        let (grant, first) =
            asked(&site.token("security_admin"), "custodian", &json!({"roles": ["custodian"], "renew": true}));
        let second = confirm(&site.token("leader"), &grant).is(200).json()["code"].as_str().expect("code").to_owned();
        one.get("/api/session").is(200);
        sign_in(&site.nobody(), "custodian", OWN).is(200);
        activate(&site.nobody(), "custodian", [&first, &second], "a-third-password").is(204);
        one.get("/api/session").is(401);
        token.get("/api/session").is(401);
        sign_in(&site.nobody(), "custodian", OWN).is(401);
        sign_in(&site.nobody(), "custodian", "a-third-password").is(200);
        assert_eq!(site.row("select cast(count(*) as text) from event where act = 'token.revoked'"), "1");
    });
}

#[test]
fn a_session_ends() {
    both(|site| {
        site.serve();
        let client = site.sign_in("custodian");
        client.get("/api/session").is(200);
        client.send("DELETE", "/api/session", &[], None).is(204);
        assert_eq!(client.get("/api/session").is(401).code(), "session.required");
        for sql in ["update session set expires_ms = 1", "update session set expires_ms = 9000000000000, seen_ms = 1"] {
            let client = site.sign_in("officer");
            site.tamper(sql);
            client.get("/api/session").is(401);
        }
        let token = site.token("leader");
        token.get("/api/session").is(200);
        site.tamper("update token set expires_ms = 1");
        token.get("/api/session").is(401);
    });
}

/// As somebody at another computer, behind a proxy on this machine.
fn from(client: &Client, address: &str, account: &str, password: &str) -> Answer {
    let body = json!({"account": account, "password": password}).to_string();
    let headers = [("content-type", "application/json"), ("x-forwarded-for", address)];
    client.send("POST", "/api/session", &headers, Some(body.as_bytes()))
}

#[test]
fn wrong_passwords_tell_nothing_and_lock_nobody_elsewhere_out() {
    both(|site| {
        site.serve();
        let nobody = site.nobody();
        let attempts = |account: &str| -> Vec<(u16, Value)> {
            let answer = |_| {
                let answer = from(&nobody, "198.51.100.1", account, "wrong-password");
                let mut document = answer.json();
                document["params"]["until_ms"] = Value::Null; // the only thing that is another each time
                (answer.status, document)
            };
            (0..7).map(answer).collect()
        };
        let (known, unknown) = (attempts("officer"), attempts("no-such-officer"));
        assert_eq!(known, unknown);
        let statuses: Vec<u16> = known.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
        assert_eq!(known[5].1["code"], "session.locked");
        from(&nobody, "198.51.100.1", "officer", PASSWORD).is(429);
        from(&nobody, "198.51.100.2", "officer", PASSWORD).is(200);
        from(&nobody, "198.51.100.1", "custodian", PASSWORD).is(200);
        // What an unknown name was stays out of the history: people type passwords there.
        assert!(!site.rows("select coalesce(subject, '') from event").contains(&"no-such-officer".to_owned()));
        assert_eq!(site.row("select cast(count(*) as text) from event where act = 'session.refused'"), "10");

        site.tamper("update wrong_password set locked_until_ms = 1 where locked_until_ms is not null");
        from(&nobody, "198.51.100.1", "officer", PASSWORD).is(200);
        // Four wrong ones and a right one, for ever: forgotten each time.
        for _ in 0..2 {
            (0..4).for_each(|_| drop(from(&nobody, "198.51.100.3", "officer", "wrong-password").is(401)));
            from(&nobody, "198.51.100.3", "officer", PASSWORD).is(200);
        }
        // But the address itself is kept out in the end, whatever accounts it tries.
        site.tamper("update wrong_password set failed = 49");
        from(&nobody, "198.51.100.3", "leader", "wrong-password").is(401);
        from(&nobody, "198.51.100.3", "custodian", PASSWORD).is(429);
        from(&nobody, "198.51.100.4", "custodian", PASSWORD).is(200);

        // A stolen session finds no password out, and codes are counted as well.
        let session = site.sign_in("unit_head");
        let change = || session.post("/api/session/password", &json!({"old": "wrong-password", "new": OWN}));
        (0..5).for_each(|_| assert_eq!(change().is(422).code(), "password.wrong"));
        assert_eq!(change().is(429).code(), "session.locked");
        (0..5).for_each(|_| drop(activate(&nobody, "someone", ["A", "B"], OWN).is(401)));
        activate(&nobody, "someone", ["A", "B"], OWN).is(429);
        sign_in(&nobody, "someone\0", PASSWORD).is(401);
        site.assert_clean();
    });
}

/// Twenty guesses at once are no more than five one after the other.
#[test]
fn guesses_in_parallel_are_all_counted() {
    both(|site| {
        site.serve();
        let guess = |n: usize| {
            let client = site.nobody();
            std::thread::spawn(move || sign_in(&client, "officer", &format!("wrong-password-{n}")).status)
        };
        let guesses: Vec<_> = (0..20).map(guess).collect();
        let statuses: Vec<u16> = guesses.into_iter().map(|guess| guess.join().expect("answered")).collect();
        assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
        sign_in(&site.nobody(), "officer", PASSWORD).is(429);
        let refused = statuses.iter().filter(|status| **status == 401).count();
        let told = site.row("select cast(count(*) as text) from event where act = 'session.refused'");
        assert_eq!(told, refused.to_string(), "each one that was looked at left its mark");
    });
}
