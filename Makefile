# Thin names for `cargo xtask`; CONTRIBUTING.md says what each does.
.PHONY: demo test check bench

demo test check bench:
	cargo xtask $@
