//! Debian and Ubuntu packages that a suite needs, installed when they are missing.

use std::{path::Path, process::Command};

use crate::run::{Failure, find};

/// Something a suite needs: how to see that it is there, and which package brings it.
pub struct Need {
    pub what: &'static str,
    pub package: &'static str,
    pub present: fn() -> bool,
}

pub const POSTGRESQL: Need = Need {
    what: "PostgreSQL",
    package: "postgresql",
    present: postgres_present,
};
pub const JDK: Need = Need {
    what: "a JDK 17",
    package: "openjdk-17-jdk-headless",
    present: || find("javac").is_some(),
};
pub const MAVEN: Need = Need {
    what: "Maven",
    package: "maven",
    present: || find("mvn").is_some(),
};
pub const NODE: Need = Need {
    what: "Node.js",
    package: "nodejs",
    present: || find("node").is_some(),
};
pub const NPM: Need = Need {
    what: "npm",
    package: "npm",
    present: || find("npm").is_some(),
};

pub const PYTHON: Need = Need {
    what: "Python",
    package: "python3",
    present: || find("python3").is_some(),
};
pub const PIP: Need = Need {
    what: "pip",
    package: "python3-pip",
    present: || find("pip3").is_some(),
};
pub const CHROMIUM: Need = Need {
    what: "Chromium",
    package: "chromium",
    present: || find("chromium").is_some(),
};
/// What a screen reader speaks with, in a desktop that nobody sees.
pub const SCREEN_READER: [Need; 7] = [
    Need {
        what: "Orca",
        package: "orca",
        present: || find("orca").is_some(),
    },
    Need {
        what: "a virtual display",
        package: "xvfb",
        present: || find("Xvfb").is_some(),
    },
    Need {
        what: "the accessibility bus",
        package: "at-spi2-core",
        present: || Path::new("/usr/libexec/at-spi-bus-launcher").exists(),
    },
    Need {
        what: "speech-dispatcher",
        package: "speech-dispatcher",
        present: || find("speech-dispatcher").is_some(),
    },
    Need {
        what: "a session bus",
        package: "dbus",
        present: || find("dbus-run-session").is_some(),
    },
    Need {
        what: "gdbus",
        package: "libglib2.0-bin",
        present: || find("gdbus").is_some(),
    },
    Need {
        what: "the sources of locales",
        package: "locales",
        present: || Path::new("/usr/share/i18n/locales/vi_VN").exists(),
    },
];
pub const WINDOWS: Need = Need {
    what: "xdotool",
    package: "xdotool",
    present: || find("xdotool").is_some(),
};

pub const ALL: [&[Need]; 3] = [
    &[POSTGRESQL, JDK, MAVEN, NODE, NPM, PYTHON, PIP, CHROMIUM],
    &SCREEN_READER,
    &[WINDOWS],
];

fn postgres_present() -> bool {
    // The server, not the client: Debian keeps it out of the PATH, one folder per version.
    std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
        versions
            .flatten()
            .any(|version| version.path().join("bin/initdb").is_file())
    })
}

/// Makes sure of all of them, or says plainly what is missing and how to get it.
pub fn ensure(needs: &[Need]) -> Result<(), Failure> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let what: Vec<&str> = missing.iter().map(|need| need.what).collect();
    let how = format!("apt-get install {}", packages.join(" "));
    if !Path::new("/etc/debian_version").exists() {
        return Err(Failure::Missing(format!(
            "{} not found; on Debian: {how}",
            what.join(", ")
        )));
    }
    eprintln!(
        "installing {} (package {}) …",
        what.join(", "),
        packages.join(", ")
    );
    // Package lists may be absent on a fresh machine; a second look with fresh lists settles it.
    if !apt(&["install", "--yes", "--no-install-recommends"], &packages) {
        apt(&["update"], &[]);
        if !apt(&["install", "--yes", "--no-install-recommends"], &packages) {
            return Err(Failure::Missing(format!(
                "{} could not be installed; run: {how}",
                what.join(", ")
            )));
        }
    }
    Ok(())
}

fn apt(args: &[&str], packages: &[&str]) -> bool {
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|out| out.stdout.starts_with(b"0\n"));
    let mut command = if root {
        Command::new("apt-get")
    } else {
        Command::new("sudo")
    };
    if !root {
        command.args(["--non-interactive", "apt-get"]);
    }
    command
        .args(["--quiet", "--quiet"])
        .args(args)
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
