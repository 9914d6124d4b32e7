//! The child's side: takes its own rights away, then becomes the program.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    Scope, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, nice, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

use super::{NO_PROGRAM, NOTICE, Spec};

type Fault = Box<dyn std::error::Error>;

/// Programs, libraries, fonts. Nothing below the data folder, nothing of `/home`, `/proc` or `/var`.
const READABLE: [&str; 8] =
    ["/usr", "/lib", "/lib64", "/bin", "/etc/alternatives", "/etc/ld.so.cache", "/etc/fonts", "/dev/urandom"];
const CONFINING_FAILED: i32 = 125;
/// Tasks of the user altogether, where the user is not root: the child's threads count among them.
const TASKS: u64 = 4096;
const NICE: i32 = 10;

/// `tiezheng confined-child SPEC`: never returns. Call it first in `main`, before any thread is started.
pub fn child_main(spec: &str) -> ! {
    let failed = match become_program(spec) {
        Ok(never) => match never {},
        Err(fault) => fault,
    };
    let _ = writeln!(std::io::stderr(), "{NOTICE}{failed}");
    let missing = failed.downcast_ref::<std::io::Error>().is_some_and(|error| {
        matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied)
    });
    std::process::exit(if missing { NO_PROGRAM } else { CONFINING_FAILED })
}

fn become_program(spec: &str) -> Result<std::convert::Infallible, Fault> {
    let spec: Spec = serde_json::from_str(spec).map_err(|error| error.to_string())?;
    limit(&spec).map_err(|error| format!("limits: {error}"))?;
    // In this order: landlock needs system calls that the filter then denies.
    if let Some(lacking) = close_files().map_err(|error| format!("landlock: {error}"))? {
        let _ = writeln!(std::io::stderr(), "{NOTICE}{lacking}");
    }
    if let Err(error) = close_kernel() {
        let _ = writeln!(std::io::stderr(), "{NOTICE}seccomp: {error}");
    }
    Err(Command::new(&spec.program).args(&spec.args).exec().into())
}

fn limit(spec: &Spec) -> std::io::Result<()> {
    let both = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    // The soft limit ends it by a signal of its own, the hard one by the same as any other kill.
    setrlimit(Resource::Cpu, Rlimit { current: Some(spec.cpu_seconds), maximum: Some(spec.cpu_seconds + 5) })?;
    setrlimit(Resource::As, both(spec.memory_bytes))?;
    setrlimit(Resource::Fsize, both(spec.file_bytes))?;
    setrlimit(Resource::Nofile, both(spec.open_files))?;
    setrlimit(Resource::Nproc, both(TASKS))?;
    // A core dump would write the recording to disk in plain.
    setrlimit(Resource::Core, both(0))?;
    nice(NICE)?;
    Ok(())
}

/// Says what the kernel could not enforce; `None` where all of it holds.
fn close_files() -> Result<Option<&'static str>, Fault> {
    let read = AccessFs::from_read(ABI::V5);
    let read_file: BitFlags<AccessFs> = AccessFs::ReadFile.into();
    let write_file = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .add_rules(path_beneath_rules(READABLE, read))?
        .add_rules(path_beneath_rules(["/dev/null"], read_file | AccessFs::WriteFile))?;
    // The two files it was handed have no name. They may be opened again through /proc/self/fd, to be read from any
    // place; the rule is about these very files, not about the folder they once were in.
    if is_nameless_file(std::io::stdin().as_fd(), 0) {
        rules = rules.add_rule(PathBeneath::new(std::io::stdin(), read_file))?;
    }
    if is_nameless_file(std::io::stdout().as_fd(), 1) {
        rules = rules.add_rule(PathBeneath::new(std::io::stdout(), write_file))?;
    }
    Ok(match rules.restrict_self()?.ruleset {
        RulesetStatus::FullyEnforced => None,
        RulesetStatus::PartiallyEnforced => Some("landlock: in part only"),
        RulesetStatus::NotEnforced => Some("landlock: not supported"),
    })
}

/// A regular file on a disk. Memory files and pipes need no rule and may not have one.
fn is_nameless_file(fd: std::os::fd::BorrowedFd, number: u32) -> bool {
    let regular = rustix::fs::fstat(fd)
        .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::RegularFile);
    let in_memory = std::fs::read_link(format!("/proc/self/fd/{number}"))
        .is_ok_and(|path| path.as_os_str().as_encoded_bytes().starts_with(b"/memfd:"));
    regular && !in_memory
}

/// Never needed to turn one file into another, and each a way out or a wide surface of the kernel.
const DENIED: [i64; 62] = [
    // network: no socket of any family
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // other processes
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_perf_event_open,
    // name spaces, mounts
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_acct,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // the kernel itself
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_syslog,
    libc::SYS_personality,
    libc::SYS_vhangup,
    // the clock and the name of the machine
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
];

fn close_kernel() -> Result<(), Fault> {
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> = DENIED.iter().map(|call| (*call, Vec::new())).collect();
    let only_if = |argument, compare, value| -> Result<Vec<SeccompRule>, Fault> {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Qword, compare, value)?;
        Ok(vec![SeccompRule::new(vec![condition])?])
    };
    // Threads, but no second process.
    let thread = u64::from(libc::CLONE_THREAD.cast_unsigned());
    denied.insert(libc::SYS_clone, only_if(0, SeccompCmpOp::MaskedEq(thread), 0)?);
    // abort() signals its own process; exec keeps our number.
    denied.insert(libc::SYS_tgkill, only_if(0, SeccompCmpOp::Ne, u64::from(std::process::id()))?);
    denied.insert(libc::SYS_prlimit64, only_if(0, SeccompCmpOp::Ne, 0)?);
    #[cfg(target_arch = "x86_64")]
    {
        denied.insert(libc::SYS_fork, Vec::new());
        denied.insert(libc::SYS_vfork, Vec::new());
        // The same calls by their x32 numbers, and those that only x32 has.
        const X32: i64 = 0x4000_0000;
        let twins: Vec<i64> = denied.keys().map(|call| call | X32).chain((512..=547).map(|call| call | X32)).collect();
        denied.extend(twins.into_iter().map(|call| (call, Vec::new())));
    }
    // The C library tries clone3 first, whose flags a filter cannot see, and falls back when there is none.
    let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let refuse = |rules, error: i32| -> Result<(), Fault> {
        let arch: TargetArch = std::env::consts::ARCH.try_into()?;
        let refusal = SeccompAction::Errno(error.cast_unsigned());
        let filter: BpfProgram = SeccompFilter::new(rules, SeccompAction::Allow, refusal, arch)?.try_into()?;
        Ok(seccompiler::apply_filter(&filter)?)
    };
    refuse(absent, libc::ENOSYS)?;
    refuse(denied, libc::EPERM)
}
