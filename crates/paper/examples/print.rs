//! `cargo run -p tiezheng-paper --example print -- receipt DATA.json OUT.pdf`: a form on the desk,
//! for whoever changes a template and wants to look at it.

use tiezheng_paper::{Form, render};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [form, data, out] = args.as_slice() else {
        return Err("usage: print FORM DATA.json OUT.pdf".into());
    };
    let form = Form::parse(form).ok_or_else(|| format!("no form {form}"))?;
    let data = serde_json::from_slice(&std::fs::read(data)?)?;
    std::fs::write(out, render(form, &data, None)?)?;
    Ok(())
}
