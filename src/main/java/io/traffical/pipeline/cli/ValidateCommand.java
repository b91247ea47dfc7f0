package io.traffical.pipeline.cli;

import io.traffical.pipeline.config.DefinitionReader;
import io.traffical.pipeline.config.Place;
import io.traffical.pipeline.config.Problem;
import io.traffical.pipeline.config.Problem.Severity;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.Trouble;
import io.traffical.pipeline.run.Questions;
import io.traffical.pipeline.run.RunFailure;
import io.traffical.pipeline.window.DefinitionRef;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reports every problem of a definition file. */
@Command(
    name = "validate",
    description = {
      "Reports every problem in the definitions, each with its line and what to do.",
      "",
      "Checks the file first. If it is valid, asks the source database about the SQL of every",
      "assignment and fact: whether it would run, whether it returns the columns and types that",
      "are needed, and whether one slice has the rows of its two halves. That reads the rows of",
      "the last slice, twice; nothing is written.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical validate",
      "  traffical validate --offline -c team.yaml",
      "  traffical validate --format json | jq '.[].message'"
    })
final class ValidateCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Option(names = "--offline", description = "Check the file only; ask no database.")
  private boolean isOffline;

  ValidateCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    DefinitionReader.Result result = DefinitionReader.check(options.file(), terminal.environment());
    List<Problem> problems = new ArrayList<>(result.problems());
    if (result.isValid() && !isOffline) {
      try {
        problems.addAll(atSource(result));
      } catch (RunFailure e) {
        // What the file says is worth knowing, also when the database cannot be asked.
        problems.stream().map(Problem::text).forEach(terminal.err()::println);
        throw e;
      }
      // The file itself comes first, then those that it includes.
      problems.sort(
          Comparator.comparing((Problem problem) -> !problem.file().equals(file()))
              .thenComparing(Problem::file)
              .thenComparingInt(Problem::line));
    }
    print(problems, result.definitions());
    return (errors(problems) == 0 ? ExitCode.DONE : ExitCode.USAGE).code();
  }

  private String file() {
    return options.file().toString();
  }

  private static List<Problem> atSource(DefinitionReader.Result result) {
    List<Problem> problems = new ArrayList<>();
    Map<DefinitionRef, List<Trouble>> wrong = Questions.problems(result.definitions());
    add(problems, trouble -> Severity.ERROR, wrong, result);
    add(
        problems,
        trouble -> trouble.sqlState() == null ? Severity.WARNING : Severity.ERROR,
        Questions.doubts(result.definitions(), wrong.keySet()),
        result);
    return problems;
  }

  private static void add(
      List<Problem> problems,
      Function<Trouble, Severity> severity,
      Map<DefinitionRef, List<Trouble>> found,
      DefinitionReader.Result result) {
    found.forEach(
        (definition, troubles) -> {
          Place place = result.place(definition.kind().word(), definition.name());
          for (Trouble trouble : troubles) {
            problems.add(
                new Problem(
                    place.file(),
                    place.lineOfSql(trouble.sqlLine()),
                    severity.apply(trouble),
                    definition + ": " + message(trouble),
                    trouble.remedy()));
          }
        });
  }

  private static String message(Trouble trouble) {
    return trouble.sqlState() == null
        ? trouble.message()
        : trouble.label() + ": " + trouble.message();
  }

  private void print(List<Problem> problems, Definitions definitions) {
    Output output = options.output(terminal);
    if (output.isJson()) {
      Rows rows = Rows.of("file", "line", "severity", "message", "remedy");
      for (Problem problem : problems) {
        rows.add(
            problem.file(),
            problem.line(),
            problem.severity().name().toLowerCase(Locale.ROOT),
            problem.message(),
            problem.remedy());
      }
      output.print(rows);
      return;
    }
    problems.stream().map(Problem::text).forEach(terminal.out()::println);
    long errors = errors(problems);
    terminal
        .out()
        .println(
            errors > 0
                ? Words.count(errors, "problem", "problems") + ", nothing was run."
                : summary(definitions, problems.size()));
  }

  private String summary(Definitions definitions, int warnings) {
    List<String> parts =
        List.of(
            Words.count(definitions.policies().size(), "policy", "policies"),
            Words.count(definitions.metrics().size(), "metric", "metrics"),
            Words.count(
                definitions.assignments().size(),
                "assignment definition",
                "assignment definitions"),
            Words.count(definitions.facts().size(), "fact definition", "fact definitions"));
    String found = warnings == 0 ? "" : "; " + Words.count(warnings, "warning", "warnings");
    return options.file() + " is valid: " + String.join(", ", parts) + found + ".";
  }

  private static long errors(List<Problem> problems) {
    return problems.stream().filter(p -> p.severity() == Severity.ERROR).count();
  }
}
