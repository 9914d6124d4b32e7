//! The pages may be built after the executable: without their folder nothing would ever be embedded. A debug build reads
//! it while it runs, a release build embeds what lies in it and is made anew when that changes.

fn main() -> std::io::Result<()> {
    const PAGES: &str = "../../web/dist";
    std::fs::create_dir_all(PAGES)?;
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed={PAGES}");
    }
    Ok(())
}
