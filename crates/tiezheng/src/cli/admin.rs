//! `tiezheng admin`: what the machine's keeper does at the console.

use serde_json::json;

use super::Data;
use super::show::{self, say};
use crate::app::{App, Clock, Overrides};
use crate::audit::{self, Act};
use crate::error::{Problem, Result};
use crate::people::{self, Actor, NewAccount, Role};

#[derive(clap::Subcommand)]
pub enum Command {
    /// 机器令牌 · print a new machine token of an account
    Token {
        #[command(flatten)]
        data: Data,
        #[arg(long)]
        account: String,
        #[arg(long, default_value = "token")]
        label: String,
        /// days until it ends; for ever when absent
        #[arg(long)]
        days: Option<i64>,
        #[arg(long)]
        json: bool,
    },
    /// 账号 · make an account; the password comes from TIEZHENG_PASSWORD
    Account {
        #[command(flatten)]
        data: Data,
        account: String,
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        agency: Option<String>,
        #[arg(long, value_delimiter = ',')]
        roles: Vec<String>,
    },
    /// 更换密钥 · make a new key-encryption key and rewrap every data key under it
    RotateKey {
        #[command(flatten)]
        data: Data,
        #[arg(long)]
        json: bool,
    },
    /// 重建编目 · make an empty database anew from storage and keys
    Rebuild {
        #[command(flatten)]
        data: Data,
        #[arg(long)]
        json: bool,
    },
    /// 加入见证 · take over a checkpoint cosigned by a witness named in tiezheng.toml
    AddCosignature {
        #[command(flatten)]
        data: Data,
        file: std::path::PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// 公开验证密钥 · print the log's verifier key
    Verifier {
        #[command(flatten)]
        data: Data,
    },
}

pub async fn run(command: Command, overrides: &Overrides) -> Result<bool> {
    let actor = Actor::system();
    match command {
        Command::Token { data, account, label, days, json } => {
            let app = App::open(&data.data, overrides, Clock::default()).await?;
            let now = app.now();
            let mut tx = app.db.begin().await?;
            let expires_ms = days.map(|days| people::token_end(now, days)).transpose()?;
            let (id, secret) = people::make_token(&mut tx, &actor, now, &account, &label, expires_ms).await?;
            tx.commit().await?;
            audit::sequence(&app).await?;
            if json {
                show::json(&json!({"id": id, "token": secret, "account": account, "expires_ms": expires_ms}));
            } else {
                show::out(secret);
            }
        }
        Command::Account { data, account, name, agency, roles } => {
            let app = App::open(&data.data, overrides, Clock::default()).await?;
            let password = std::env::var("TIEZHENG_PASSWORD").ok().filter(|password| !password.is_empty());
            let mut parsed = Vec::new();
            for role in &roles {
                let unknown = || Problem::refused(422, "role.unknown").with("role", role.as_str());
                parsed.push(Role::parse(role).ok_or_else(unknown)?);
            }
            let mut tx = app.db.begin().await?;
            let new = NewAccount {
                account: &account,
                name: name.as_deref().unwrap_or(&account),
                person: None,
                agency: agency.as_deref(),
                roles: &parsed,
                password: password.as_deref(),
            };
            people::put_account(&mut tx, &actor, app.now(), &new).await?;
            tx.commit().await?;
            audit::sequence(&app).await?;
            show::out(say("cli.account_made", json!({"account": account})));
        }
        Command::RotateKey { data, json } => {
            let app = App::open(&data.data, overrides, Clock::default()).await?;
            let key = app.keys.rotate(app.keys.suite())?;
            let done = app.vault.rewrap(|_| {}).await?;
            let retired = app.vault.retire_keys().await?;
            let mut tx = app.db.begin().await?;
            let detail = json!({"key": key, "rewrapped": done.rewrapped, "failed": done.failed, "retired": retired});
            audit::record(&mut tx, &actor, app.now(), Act::KeysRotated, None, Some(&key), detail.clone()).await?;
            tx.commit().await?;
            audit::sequence(&app).await?;
            if json { show::json(&detail) } else { show::out(say("cli.key_rotated", detail)) }
        }
        Command::Rebuild { data, json } => return super::custody::rebuild(&data.data, overrides, json).await,
        Command::AddCosignature { data, file, json } => {
            return super::custody::add_cosignature(&data.data, &file, overrides, json).await;
        }
        Command::Verifier { data } => {
            let app = App::open(&data.data, overrides, Clock::default()).await?;
            show::out(app.keys.log_verifier());
        }
    }
    Ok(true)
}
