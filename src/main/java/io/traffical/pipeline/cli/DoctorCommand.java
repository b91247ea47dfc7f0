package io.traffical.pipeline.cli;

import io.traffical.pipeline.config.DefinitionReader;
import io.traffical.pipeline.config.Problem;
import io.traffical.pipeline.doctor.Doctor;
import io.traffical.pipeline.doctor.Finding;
import io.traffical.pipeline.doctor.Finding.Status;
import io.traffical.pipeline.jdbc.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Examines everything that a run needs. */
@Command(
    name = "doctor",
    description = {
      "Examines what a run needs, and says of each thing what was found and what to do.",
      "",
      "The server: whether it is reached and lets the role in, TLS, version, pooler, replica, clock,",
      "the address that it sees. The schema: rights, owners, readers. Each definition: privileges,",
      "columns and types, the plan of its SQL (indexes, partitions, expected rows). Reads no rows",
      "and writes nothing. Ends with 0 also with warnings.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical doctor",
      "  traffical doctor --format json | jq '.[] | select(.status != \"ok\")'"
    })
final class DoctorCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  DoctorCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    DefinitionReader.Result file = DefinitionReader.check(options.file(), terminal.environment());
    List<Finding> findings = new ArrayList<>();
    for (Problem warning : file.problems()) {
      findings.add(
          new Finding(
              "file",
              warning.file(),
              Status.WARN,
              (warning.line() > 0 ? "line " + warning.line() + ": " : "") + warning.message(),
              warning.remedy(),
              null));
    }
    findings.addAll(Doctor.examine(file.orThrow()));
    if (options.output(terminal).isJson()) {
      options.output(terminal).print(rows(findings));
    } else {
      print(findings);
    }
    return findings.stream().mapToInt(finding -> code(finding).code()).max().orElse(0);
  }

  private static ExitCode code(Finding finding) {
    if (finding.failure() == null) {
      return ExitCode.DONE;
    }
    return switch (finding.failure()) {
      case PERMISSION -> ExitCode.REFUSED;
      case UNAVAILABLE -> ExitCode.UNREACHABLE;
      default -> ExitCode.USAGE;
    };
  }

  private static Rows rows(List<Finding> findings) {
    Rows rows = Rows.of("check", "subject", "status", "message", "remedy");
    for (Finding finding : findings) {
      rows.add(
          finding.check(),
          finding.subject(),
          word(finding.status()),
          finding.message(),
          finding.remedy());
    }
    return rows;
  }

  private void print(List<Finding> findings) {
    String subject = null;
    int widest = findings.stream().mapToInt(finding -> finding.check().length()).max().orElse(0);
    for (Finding finding : findings) {
      if (!finding.subject().equals(subject)) {
        terminal.out().println((subject == null ? "" : "\n") + finding.subject());
        subject = finding.subject();
      }
      String check = finding.check() + " ".repeat(widest - finding.check().length());
      terminal
          .out()
          .println("  %-4s  %s  %s".formatted(word(finding.status()), check, finding.message()));
      if (finding.remedy() != null) {
        terminal.out().println(" ".repeat(10 + widest) + "→ " + finding.remedy());
      }
    }
    terminal.out().println("\n" + summary(findings));
  }

  private static String summary(List<Finding> findings) {
    return "%d ok, %s, %s."
        .formatted(
            count(findings, Status.OK),
            Words.count(count(findings, Status.WARN), "warning", "warnings"),
            Words.count(count(findings, Status.FAIL), "failure", "failures"));
  }

  private static long count(List<Finding> findings, Status status) {
    return findings.stream().filter(finding -> finding.status() == status).count();
  }

  private static String word(Status status) {
    return status.name().toLowerCase(Locale.ROOT);
  }
}
