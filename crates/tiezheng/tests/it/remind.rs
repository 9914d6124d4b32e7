//! 到期提醒: what a real mail server and a real receiver are sent, to whom, how often, and what is not.

mod peers;

use serde_json::{Value, json};

use self::peers::{Hook, MailServer};
use crate::client::Client;
use crate::equipment::{act, back, camera, issue_to, out_to, register};
use crate::site::{Done, Site, both, told};
use crate::uploads::free_port;

const SECRET: &str = "a-key-of-the-webhook-1";

/// Writes `[reminders]` into the configuration, in the place of what stood there.
fn configure(site: &Site, text: &str) {
    let path = site.data().join("tiezheng.toml");
    let old = std::fs::read_to_string(&path).expect("configuration");
    let own: Vec<&str> = old.lines().take_while(|line| !line.starts_with("[reminders")).collect();
    let own = own.into_iter().filter(|line| !line.starts_with("public_url")).collect::<Vec<_>>().join("\n");
    std::fs::write(&path, format!("public_url = \"https://tz.example\"\n{own}\n{text}\n")).expect("configuration");
}

fn by_mail(site: &Site, port: u16) {
    let from = "铁证 <tiezheng@agency.example>";
    configure(site, &format!("[reminders.mail]\nserver = \"smtp+plain://127.0.0.1:{port}\"\nfrom = \"{from}\""));
}

fn remind(site: &Site) -> Done {
    site.cli(&["remind", "--json"])
}

/// `[sent, already, failed, unsent, no_address]` of one channel.
#[track_caller]
fn figures(done: Done, channel: &str, code: i32) -> [i64; 5] {
    assert_eq!(done.code, Some(code), "{}{}", done.out, done.err);
    let report = done.json();
    let told = report["channels"].as_array().expect("channels").iter().find(|told| told["channel"] == channel);
    let told = told.unwrap_or_else(|| panic!("no {channel}: {report:#}"));
    ["sent", "already", "failed", "unsent", "no_address"].map(|name| told[name].as_i64().expect("figure"))
}

fn set(site: &Site, account: &str, body: Value) {
    site.token("security_admin").write("PUT", &format!("/api/accounts/{account}"), &body).is(204);
}

/// A camera of 一中队 that the officer should have brought back three days ago. Its id.
fn overdue(custodian: &Client, serial: &str) -> String {
    let id = register(custodian, &camera(serial, json!({"unit_id": "fz-zd1"})));
    act(custodian, "issue", &id, issue_to("fz-zd1")).is(200);
    let now = custodian.get("/api/about").is(200).json()["now_ms"].as_i64().expect("now");
    let mut out = out_to("officer");
    out["detail"]["due_ms"] = json!(now - 3 * 86_400_000);
    act(custodian, "check_out", &id, out).is(200);
    id
}

/// Everybody's devices are docked today, so that nothing is due but what a test makes due, and every duty has somebody.
fn quiet(site: &Site) {
    site.tamper("update device set last_docked_ms = 4102444800000");
}

fn events(site: &Site) -> Vec<Value> {
    let found = site.token("audit_admin").get("/api/audit?act=reminders.sent").items();
    found.into_iter().map(|event| event["detail"].clone()).collect()
}

/// Issue 4: reminders for what is due, by person and unit: nobody without anything due gets one, nobody gets two.
#[test]
fn one_message_a_day_to_whom_it_concerns() {
    both(|site| {
        site.serve();
        quiet(site);
        let mut server = MailServer::start(json!({}));
        by_mail(site, server.port);
        for account in ["officer", "officer2", "custodian"] {
            set(site, account, json!({"email": format!("{account}@agency.example")}));
        }
        set(site, "custodian", json!({"language": "en"}));
        let before = figures(remind(site), "mail", 0);
        assert_eq!((before[0], server.taken().len()), (0, 0), "nothing is due, nothing is sent");
        assert!(events(site).is_empty());

        let custodian = site.token("custodian");
        let device = overdue(&custodian, "SN-LATE");
        quiet(site);
        // Head and leader have no address; what else is due for them are duties nobody holds.
        assert_eq!(figures(remind(site), "mail", 0)[0], 2);
        let mails = server.taken();
        let to: Vec<&str> = mails.iter().map(|mail| mail["to"][0].as_str().expect("address")).collect();
        assert_eq!(to, ["custodian@agency.example", "officer@agency.example"]);
        let (english, chinese) = (&mails[0], &mails[1]);
        let day = tiezheng_rules::time::legal_day(jiff::Timestamp::now().as_millisecond()).to_string();
        let expected = format!(
            "张伟，您好：\n{day}，您本人或您所管的单位有下列事项到期，请登录铁证办理。\n\n【逾期未归还】1\n  设备：SN-LATE\n  \
             https://tz.example/equipment?due=return&mine=true\n\n工作台：https://tz.example/\n\
             本提醒由系统自动发出，请勿回复。每天至多一封，没有到期事项时不发。\n"
        );
        assert_eq!(chinese["text"], expected);
        let text = english["text"].as_str().expect("text");
        for words in [
            "王芳,\n",
            "Overdue for return: 1\n",
            "Devices: SN-LATE\n",
            "https://tz.example/equipment?due=return&mine=true\n",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let header = |mail: &Value, name: &str| {
            let headers = mail["headers"].as_array().expect("headers");
            let found: Vec<_> = headers.iter().filter(|line| line[0] == name).map(|line| line[1].clone()).collect();
            assert_eq!(found.len(), 1, "{name}: {headers:?}");
            found[0].as_str().expect("text").to_owned()
        };
        assert_eq!(header(chinese, "Subject"), format!("铁证到期提醒（{day}）"));
        assert_eq!(header(english, "Subject"), format!("Tiezheng: what is due ({day})"));
        assert_eq!(header(chinese, "From"), "铁证 <tiezheng@agency.example>");
        assert_eq!(header(chinese, "Auto-Submitted"), "auto-generated");
        assert_ne!(header(chinese, "Message-ID"), header(english, "Message-ID"));

        assert_eq!(figures(remind(site), "mail", 0)[..2], [0, 2], "twice on a day");
        assert_eq!(server.taken().len(), 0);
        let told = events(site);
        assert_eq!(told.len(), 1, "a run that had nothing to do is none: {told:?}");
        assert_eq!((&told[0]["channel"], &told[0]["sent"], &told[0]["failed"]), (&json!("mail"), &json!(2), &json!(0)));
        let text = told[0].to_string();
        assert!(!text.contains("officer") && !text.contains("example") && !text.contains("SN-LATE"), "{text}");
        act(&custodian, "return", &device, back()).is(200);
    });
}

/// Whoever may not sign in any more is sent nothing; whoever left the unit, nothing of the unit.
#[test]
fn former_people_are_not_reminded() {
    both(|site| {
        site.serve();
        let mut server = MailServer::start(json!({}));
        by_mail(site, server.port);
        let custodian = site.token("custodian");
        overdue(&custodian, "SN-A");
        quiet(site);
        for account in ["officer", "unit_head", "unit_head2", "leader"] {
            set(site, account, json!({"email": format!("{account}@agency.example")}));
        }
        let due = |site: &Site| -> Vec<String> {
            let all = site.cli(&["remind", "--dry-run", "--json"]).good().json();
            let late =
                |one: &&Value| one["lines"].as_array().expect("lines").iter().any(|line| line["due"] == "return");
            let found = all.as_array().expect("list").iter().filter(late);
            found.map(|one| one["account"].as_str().expect("account").to_owned()).collect()
        };
        assert_eq!(due(site), ["custodian", "leader", "officer", "unit_head"], "二中队 has nothing late");
        // The head moves to 二中队, the leader's account is closed.
        site.tamper("update person set unit_id = 'fz-zd2' where id = 'unit_head'");
        site.tamper("update account set disabled = 1 where account = 'leader'");
        assert_eq!(due(site), ["custodian", "officer"]);
        site.tamper("update person set active = 0 where id = 'officer'");
        site.tamper("delete from account_role where account = 'custodian'");
        assert_eq!(due(site), Vec::<String>::new());
        remind(site);
        let mails = server.taken();
        let late: Vec<&Value> =
            mails.iter().filter(|mail| mail["text"].as_str().is_some_and(|t| t.contains("SN-A"))).collect();
        assert!(late.is_empty(), "{late:?}");
        assert!(
            mails
                .iter()
                .all(|mail| mail["to"][0] != "leader@agency.example" && mail["to"][0] != "officer@agency.example")
        );
    });
}

/// A server that is down or refuses is recorded and shown; the next run sends. A server that stays down is not knocked at
/// for each account.
#[test]
fn what_could_not_be_sent_is_sent_later() {
    both(|site| {
        site.serve();
        let port = free_port();
        by_mail(site, port);
        let custodian = site.token("custodian");
        overdue(&custodian, "SN-B");
        for account in ["officer", "custodian", "unit_head", "leader"] {
            set(site, account, json!({"email": format!("{account}@agency.example")}));
        }
        let done = remind(site);
        let report = done.json();
        let failure = report["channels"][0]["failures"][0].clone();
        assert_eq!((&failure["account"], &failure["problem"]["code"]), (&json!("custodian"), &json!("remind.mail")));
        assert_eq!(figures(done, "mail", 1)[..4], [0, 0, 3, 1], "three in a row: the channel is down");
        let metrics = site.nobody().get("/metrics").is(200).text();
        assert!(metrics.contains("tiezheng_reminders_failed 3\n"), "{metrics}");
        assert_eq!(events(site)[0]["failed"], 3);
        let shown = site.cli(&["remind"]);
        assert!(shown.code == Some(1) && shown.out.contains("邮件没有发出"), "{}", shown.out);

        let refusing = MailServer::start(json!({"port": port, "refuse": true}));
        let done = remind(site);
        assert!(!done.out.contains('\u{1b}') && done.out.contains("try again"), "{}", done.out);
        assert_eq!(figures(done, "mail", 1)[2], 3);
        drop(refusing);
        let mut server = MailServer::start(json!({"port": port}));
        assert_eq!(figures(remind(site), "mail", 0)[..4], [4, 0, 0, 0]);
        assert_eq!(server.taken().len(), 4);
        let metrics = site.nobody().get("/metrics").is(200).text();
        assert!(metrics.contains("tiezheng_reminders_failed 0\n"), "{metrics}");
        // A run that was killed while it sent: its claim holds ten minutes, then somebody else's run sends.
        site.tamper("update reminder set state = 'sending' where account = 'officer'");
        assert_eq!(figures(remind(site), "mail", 0)[0], 0);
        site.tamper("update reminder set at_ms = at_ms - 600001");
        assert_eq!(figures(remind(site), "mail", 0)[0], 1);
        // After five attempts a day it is given up, and still told.
        site.tamper("update reminder set state = 'failed', attempts = 5 where account = 'officer'");
        assert_eq!(figures(remind(site), "mail", 1)[..3], [0, 4, 1]);
    });
}

/// Names and numbers come from files too: none of them makes a header, a second recipient or a second line.
#[test]
fn no_name_makes_a_header() {
    both(|site| {
        site.serve();
        let mut server = MailServer::start(json!({}));
        by_mail(site, server.port);
        let custodian = site.token("custodian");
        overdue(&custodian, "SN-C");
        set(site, "officer", json!({"email": "officer@agency.example"}));
        let line_break = |text: &str| match site.pair {
            crate::site::Pair::SqliteFolder => format!("'x' || char(13,10) || '{text}' || char(13,10,13,10) || 'z'"),
            crate::site::Pair::PostgresS3 => format!("'x' || e'\\r\\n' || '{text}' || e'\\r\\n\\r\\n' || 'z'"),
        };
        let bcc = line_break("Bcc: evil@elsewhere.example");
        site.tamper(&format!("update account set name = {bcc} where account = 'officer'"));
        site.tamper(&format!("update device set serial_no = {bcc}, asset_no = {bcc} where serial_no = 'SN-C'"));
        remind(site);
        let mails = server.taken();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0]["to"], json!(["officer@agency.example"]));
        let names: Vec<&str> = mails[0]["headers"]
            .as_array()
            .expect("headers")
            .iter()
            .map(|line| line[0].as_str().expect("name"))
            .collect();
        assert!(!names.contains(&"Bcc"), "{names:?}");
        let text = mails[0]["text"].as_str().expect("text");
        assert!(text.contains("x  Bcc: evil@elsewhere.example    z / x  Bcc"), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
        // An address that stands in the database behind our back is refused, not sent to.
        let address = line_break("RCPT TO:<evil@elsewhere.example>");
        site.tamper(&format!("update account set email = {address} where account = 'officer'"));
        site.tamper("delete from reminder");
        let done = remind(site);
        assert_eq!(done.json()["channels"][0]["failures"][0]["problem"]["code"], "field.email");
        assert_eq!((done.code, server.taken().len()), (Some(1), 0));
    });
}

/// The address and the language of an account: the security administrator's to set, one plain address, and an event.
#[test]
fn an_account_has_an_address() {
    both(|site| {
        site.serve();
        let security = site.token("security_admin");
        let shown = |client: &Client| {
            let all = client.get("/api/accounts?limit=200").items();
            let one = all.into_iter().find(|one| one["account"] == "officer").expect("officer");
            (one["email"].clone(), one["language"].clone(), one["disabled"].clone())
        };
        let change = |body: Value| security.write("PUT", "/api/accounts/officer", &body);
        for (body, code) in [
            (json!({"email": "x@y.cn\r\nBcc: z@y.cn"}), "field.email"),
            (json!({"email": "x@y.cn, z@y.cn"}), "field.email"),
            (json!({"email": "张伟"}), "field.email"),
            (json!({"language": "fr"}), "field.not_allowed"),
            (json!({"mail": "x@y.cn"}), "request.field"),
        ] {
            assert_eq!(change(body.clone()).is(422).code(), code, "{body}");
        }
        let own = security.write("PUT", "/api/accounts/security_admin", &json!({"email": "x@y.cn"}));
        assert_eq!(own.is(403).code(), "grant.own");
        // Whoever is signed in stays so: an address is no right.
        let officer = site.sign_in("officer");
        change(json!({"email": " zhang@agency.example ", "language": "en"})).is(204);
        change(json!({})).is(204);
        officer.get("/api/session").is(200);
        assert_eq!(shown(&security), (json!("zhang@agency.example"), json!("en"), json!(false)));
        let audit = site.token("audit_admin");
        let event = audit.get("/api/audit?act=account.changed").items().remove(0);
        assert_eq!(event["detail"]["language"], "en", "{event:#}");
        assert!(!event.to_string().contains("agency.example"), "{event:#}");
        change(json!({"email": "", "language": ""})).is(204);
        assert_eq!(shown(&security), (Value::Null, Value::Null, json!(false)));
        // Loading the people anew leaves it as it is.
        change(json!({"email": "zhang@agency.example"})).is(204);
        site.cli(&["load", site.path("fixture.json").to_str().expect("UTF-8")]).good();
        assert_eq!(shown(&security).0, "zhang@agency.example");
        site.kill();
        site.assert_clean();
    });
}

/// Ten devices by number, the others by how many they are.
#[test]
fn a_long_list_is_cut() {
    both(|site| {
        site.serve();
        configure(site, "[reminders.webhook]\nurl = \"https://hook.example/\"");
        let custodian = site.token("custodian");
        for n in 0..12 {
            overdue(&custodian, &format!("SN-{n:02}"));
        }
        let all = site.cli(&["remind", "--dry-run", "--json"]).good().json();
        let own = all.as_array().expect("list").iter().find(|one| one["account"] == "officer").expect("officer");
        assert_eq!(
            (&own["lines"][0]["count"], own["lines"][0]["devices"].as_array().map(Vec::len)),
            (&json!(12), Some(10))
        );
        let text = own["text"].as_str().expect("text");
        assert!(
            text.contains("SN-00、SN-01") && text.contains("SN-09 等，另有 2 台") && !text.contains("SN-10"),
            "{text}"
        );
        // The workbench says the same to each of them.
        for one in all.as_array().expect("list") {
            let figures = site.token(one["account"].as_str().expect("account")).get("/api/workbench").is(200).json();
            for line in one["lines"].as_array().expect("lines") {
                let name = match line["due"].as_str().expect("due") {
                    "return" => "to_return",
                    "upkeep" => "upkeep_due",
                    "renewal" => "renewal_due",
                    "replacement" => "replacement_open",
                    "orders" => "orders_waiting_for_me",
                    "gaps" => "responsibility_gaps",
                    "handovers" => "handovers_waiting_for_me",
                    other => other,
                };
                assert_eq!(figures["equipment"][name], line["count"], "{} {name}", one["account"]);
            }
        }
        let shown = site.cli(&["remind", "--dry-run"]).good().out;
        assert!(shown.contains("SN-09 等，另有 2 台"), "{shown}");
    });
}

/// What cannot be meant is refused in both languages before anything is sent; secrets stay where they are.
#[test]
fn wrong_configuration_is_named() {
    both(|site| {
        assert_eq!(told(&remind(site).err), "remind.not_configured");
        let mail = |more: &str| {
            format!("[reminders.mail]\nserver = \"smtp+plain://127.0.0.1:9\"\nfrom = \"a@b.example\"\n{more}")
        };
        let server = |server: &str| format!("[reminders.mail]\nserver = \"{server}\"\nfrom = \"a@b.example\"");
        let hook = |url: &str| format!("[reminders.webhook]\nurl = \"{url}\"");
        for (text, code) in [
            ("[reminders]".to_owned(), "config.reminders_channel"),
            ("[reminders]\nat = \"25:00\"\n".to_owned() + &mail(""), "config.reminders_at"),
            ("[reminders]\nat = \"8\"\n".to_owned() + &mail(""), "config.reminders_at"),
            (mail("password = \"geheim\""), "config.invalid"),
            (mail("").replace("a@b.example", "nobody"), "config.reminders_from"),
            (mail("").replace("a@b.example", "x\\r\\nBcc: <a@b.example>"), "config.reminders_from"),
            (mail("user = \"tz\""), "config.reminders_password"),
            (mail("user = \"tz\"\npassword_file = \"no-such-file\""), "config.reminders_secret"),
            (server("mail.example"), "config.reminders_server"),
            (server("http://mail.example"), "config.reminders_server"),
            (server("smtp://"), "config.reminders_server"),
            (server("smtp+plain://mail.example"), "config.reminders_server"),
            (server("smtp://tz:geheim@mail.example"), "config.reminders_server"),
            (hook("http://hook.example/"), "config.reminders_webhook"),
            (hook("file:///etc/passwd"), "config.reminders_webhook"),
            (hook("https://tz:geheim@hook.example/"), "config.reminders_webhook"),
            (hook("https://hook.example/"), "config.reminders_key"),
            (hook("https://hook.example/") + "\nsecret_file = \"short\"", "config.reminders_key"),
        ] {
            std::fs::write(site.data().join("short"), "fifteen bytes!!\n").expect("file");
            configure(site, &text);
            let done = remind(site);
            assert_eq!((done.code, told(&done.err).as_str()), (Some(1), code), "{text}\n{}", done.err);
            let chinese = done.err.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese && done.err.contains("tiezheng.toml") | done.err.contains("reminders"), "{}", done.err);
        }
        let path = site.data().join("tiezheng.toml");
        let text = std::fs::read_to_string(&path).expect("configuration");
        std::fs::write(&path, text.replace("public_url", "# public_url")).expect("configuration");
        assert_eq!(told(&remind(site).err), "config.reminders_url");
    });
}

/// STARTTLS and TLS with a name and a password; a server that is not who it says, or has no TLS, gets nothing.
#[test]
fn mail_goes_over_tls() {
    let site = &mut Site::new(crate::site::Pair::SqliteFolder);
    site.serve();
    let custodian = site.token("custodian");
    overdue(&custodian, "SN-T");
    set(site, "officer", json!({"email": "officer@agency.example"}));
    let certificate = peers::certificate(site);
    std::fs::write(site.path("password"), "right one\n").expect("file");
    let password_file = site.path("password");
    let settings = |scheme: &str, port: u16| {
        format!(
            "[reminders.mail]\nserver = \"{scheme}://127.0.0.1:{port}\"\nfrom = \"tz@agency.example\"\nuser = \"tz\"\n\
             password_file = \"{}\"",
            password_file.display()
        )
    };
    let run = |trusted: bool, password: Option<&str>| {
        let mut command = site.command(&["remind", "--json"]);
        if trusted {
            command.env("SSL_CERT_FILE", &certificate.authority);
        }
        command.envs(password.map(|password| ("TIEZHENG_SMTP_PASSWORD", password)));
        crate::site::finish(command)
    };
    for (scheme, tls) in [("smtps", "tls"), ("smtp", "starttls")] {
        let how = json!({"tls": tls, "user": "tz", "password": "right one", "certificate": certificate.chain, "key": certificate.key});
        let mut server = MailServer::start(how);
        configure(site, &settings(scheme, server.port));
        site.tamper("delete from reminder");
        let done = run(false, None);
        assert!(done.code == Some(1) && done.out.contains("remind.mail"), "{}", done.out);
        let done = run(true, Some("wrong one"));
        assert!(done.code == Some(1) && !done.out.contains("wrong one"), "{}{}", done.out, done.err);
        assert_eq!(server.taken().len(), 0);
        assert_eq!(figures(run(true, None), "mail", 0)[0], 1);
        let mails = server.taken();
        assert_eq!((&mails[0]["tls"], &mails[0]["login"]), (&json!(true), &json!(true)));
    }
    // A server that offers no STARTTLS is told nothing.
    let mut server = MailServer::start(json!({}));
    configure(site, &settings("smtp", server.port));
    site.tamper("delete from reminder");
    assert_eq!(figures(run(true, None), "mail", 1)[..3], [0, 0, 1]);
    assert_eq!(server.taken().len(), 0);
}

/// The receiver checks the signature with the key both have; what it answers decides whether the message counts as sent.
#[test]
fn a_webhook_is_signed() {
    both(|site| {
        site.serve();
        let custodian = site.token("custodian");
        overdue(&custodian, "SN-H");
        let secret = site.path("secret");
        std::fs::write(&secret, format!("{SECRET}\n")).expect("file");
        let to = |port: u16| {
            let secret = secret.display();
            configure(
                site,
                &format!(
                    "[reminders.webhook]\nurl = \"http://127.0.0.1:{port}/in?token=t0ken\"\nsecret_file = \"{secret}\""
                ),
            );
        };
        // Somebody who sends us elsewhere is not followed, and a refusal is none the less one.
        let elsewhere = Hook::start("200 OK");
        for answer in ["302 Found\r\nlocation: http://127.0.0.1:1/", "500 Broken", "404 Not Found"] {
            let hook = Hook::start(answer);
            to(hook.port);
            let done = remind(site);
            assert!(!done.out.contains("t0ken") && !done.err.contains("t0ken"), "{}{}", done.out, done.err);
            let report = done.json();
            assert_eq!(report["channels"][0]["failures"][0]["problem"]["code"], "remind.webhook", "{report:#}");
            assert_eq!((figures(done, "webhook", 1)[0], hook.taken().len()), (0, 3));
        }
        assert_eq!(elsewhere.taken().len(), 0);
        let hook = Hook::start("204 No Content");
        to(hook.port);
        let [sent, already, ..] = figures(remind(site), "webhook", 0);
        assert!(sent >= 3 && already == 0, "officer, custodian, head and leader: {sent}");
        let all = hook.taken();
        assert_eq!(all.len() as i64, sent);
        let one = all.iter().find(|one| one.json()["account"] == "officer").expect("the officer's");
        assert!(one.head.starts_with("POST /in?token=t0ken HTTP/1.1\r\n"), "{}", one.head);
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
        for one in &all {
            let signed = format!("{}.{}", one.header("tiezheng-timestamp"), one.body);
            let tag = hex::decode(one.header("tiezheng-signature").strip_prefix("v1=").expect("version")).expect("hex");
            aws_lc_rs::hmac::verify(&key, signed.as_bytes(), &tag).expect("the signature holds");
        }
        let at: i64 = one.header("tiezheng-timestamp").parse().expect("seconds");
        let now = custodian.get("/api/about").is(200).json()["now_ms"].as_i64().expect("now") / 1000;
        assert!((now - 300..=now + 5).contains(&at), "{at} {now}");
        let body = one.json();
        assert_eq!((&body["format"], &body["language"]), (&json!("tiezheng-reminder/1"), &json!("zh-CN")));
        let line = &body["lines"][0];
        assert_eq!((&line["due"], &line["count"], &line["devices"]), (&json!("return"), &json!(1), &json!(["SN-H"])));
        assert_eq!(line["url"], "https://tz.example/equipment?due=return&mine=true");
        let words = body.to_string();
        assert!(
            !words.contains("夜市占道经营整治") && !words.contains("林秀") && !words.contains("占道经营案"),
            "{words}"
        );
        assert_eq!(figures(remind(site), "webhook", 0)[..2], [0, sent]);
        assert_eq!(hook.taken().len(), 0);
        site.kill();
        site.assert_clean();
    });
}

/// `serve` sends by itself from the hour on; started anew on the same day, it sends nothing again.
#[test]
fn the_server_reminds_by_itself() {
    both(|site| {
        site.serve();
        overdue(&site.token("custodian"), "SN-S");
        let (hook, secret) = (Hook::start("200 OK"), site.path("secret"));
        std::fs::write(&secret, SECRET).expect("file");
        configure(
            site,
            &format!(
                "[reminders]\nat = \"00:00\"\n[reminders.webhook]\nurl = \"http://localhost:{}/\"\nsecret_file = \"{}\"",
                hook.port,
                secret.display()
            ),
        );
        let due = site.cli(&["remind", "--dry-run", "--json"]).good().json().as_array().map_or(0, Vec::len);
        site.serve();
        let mut told: Vec<String> = (0..due).map(|_| hook.next().json()["account"].to_string()).collect();
        crate::site::wait_for("the event", || (!events(site).is_empty()).then_some(()));
        site.serve();
        assert_eq!(figures(remind(site), "webhook", 0)[..2], [0, due as i64]);
        assert_eq!(hook.taken().len(), 0);
        told.sort();
        told.dedup();
        assert_eq!(told.len(), due, "{told:?}");
        // The hour has not come, and nobody else sends either.
        site.tamper("delete from reminder");
        let path = site.data().join("tiezheng.toml");
        let text = std::fs::read_to_string(&path).expect("configuration");
        std::fs::write(&path, text.replace("at = \"00:00\"\n", "")).expect("configuration");
        site.serve();
        site.token("custodian").get("/api/workbench").is(200);
        assert_eq!(site.row("select cast(count(*) as text) from reminder"), "0");
    });
}
