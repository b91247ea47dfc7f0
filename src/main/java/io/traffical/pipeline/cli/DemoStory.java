package io.traffical.pipeline.cli;

import io.traffical.pipeline.demo.Demo;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunReport;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Tells on standard error what the demo does. */
final class DemoStory {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

  /** With fewer facts than these, about, chance hides what the redesign does. */
  private static final long ENOUGH = 100_000;

  private final Terminal terminal;
  private final PrintStream err;
  private long since = System.nanoTime();
  private long facts;
  private boolean isMidLine;

  DemoStory(Terminal terminal) {
    this.terminal = terminal;
    this.err = terminal.err();
  }

  void begins() {
    print("Starting a Postgres for the demo ...");
  }

  void started() {
    line(" %s", elapsed());
    print("Filling it with a web shop ...");
  }

  void opened(Demo.Opening opening) {
    facts = opening.facts();
    line(" %s", elapsed());
    line("");
    line("Three weeks, %s to %s UTC:", TIME.format(opening.start()), TIME.format(opening.until()));
    line("  %,9d  exposures to the experiment %s", opening.exposures(), Demo.POLICY);
    line(
        "  %,9d  orders (also of the two weeks before), page views and newsletter sign-ups",
        opening.facts());
    line("");
    line(
        "The first run reads all of it. Then hour after hour comes in, with some rows that should");
    line("have come an hour or two before; each run reads the last four hours and nothing else.");
    line("");
    line("  %-36s  %9s  %9s  %6s", "read from the shop (UTC)", "rows", "late rows", "time");
  }

  /** Hears how far a run is, and shows it when a person watches. */
  RunListener listener() {
    return new RunListener() {
      @Override
      public void reading(int started, int slices) {
        if (terminal.isInteractive() && slices > 0) {
          print("\r  slice %d of %d ".formatted(started, slices));
        }
      }
    };
  }

  /** Shows how a run ended, and returns whether the demo can go on. */
  boolean goesOn(RunReport report) {
    if (terminal.isInteractive()) {
      print("\r");
      isMidLine = false;
    }
    if (!report.status().equals("succeeded")) {
      fails("the run " + report.status() + ": " + report.error());
      return false;
    }
    line(
        "  %s to %s  %,9d  %,9d  %4.1f s",
        time(report.rangeStart()),
        time(report.rangeEnd()),
        report.rowsRead(),
        report.lateRows(),
        report.duration().toMillis() / 1000.0);
    return true;
  }

  void ends() {
    line("");
  }

  void breaksDown() {
    line("The goal again, by %s (bin/traffical results --dimension %1$s):", Demo.DIMENSION);
    line("");
  }

  void checksHealth() {
    line("Can these numbers be trusted? (bin/traffical health):");
    line("");
  }

  /**
   * Says what it was all about and what to do next.
   *
   * @param stopScript what stops the database, or null when it is gone at the end
   */
  void afterwards(Path stopScript, Demo demo) {
    line("");
    line(
        "In this shop the new checkout really sells to 8 %% more visitors (14 %% on mobile, 2 %% on");
    line(
        "desktop), and really loses 15 %% of the newsletter sign-ups; page views and the value of an");
    line("order it leaves alone. Compare with the intervals above.");
    if (facts < ENOUGH) {
      line("With only %,d facts they are too wide to be sure; the default has enough.", facts);
    }
    line("The numbers are rows of traffical.latest_results, in the database the shop is in.");
    line("");
    if (stopScript != null) {
      line("The database is still running:");
      line("  psql '%s'", demo.url());
      line("  bin/traffical results --dimension %s -c %s", Demo.DIMENSION, demo.file());
      line(
          "  bin/traffical power --policy %s --metric revenue_per_user -c %s",
          Demo.POLICY, demo.file());
      line("  sh %s   stops it and removes all of its files", stopScript);
      line("");
    }
    line("What to try next:");
    if (stopScript == null) {
      line("  bin/traffical demo --keep   the same, and the database stays, to look into");
    }
    line(
        "  bin/traffical init          writes a traffical.yaml to fill in, and the grants it needs");
    line("  bin/traffical validate      says what is wrong with it");
    line("  bin/traffical run           computes the results; once an hour is a good habit");
  }

  private static String time(Instant instant) {
    return instant == null ? "-".repeat(16) : TIME.format(instant);
  }

  private String elapsed() {
    long now = System.nanoTime();
    String seconds = String.format(Locale.ROOT, "%.1f s", (now - since) / 1e9);
    since = now;
    return seconds;
  }

  /** Says in one line why the demo ends here. */
  void fails(String message) {
    if (isMidLine) {
      err.println();
    }
    line("ERROR traffical demo: %s", message);
  }

  private void print(String text) {
    isMidLine = true;
    err.print(text);
    err.flush();
  }

  private void line(String format, Object... values) {
    isMidLine = false;
    err.println(String.format(Locale.ROOT, format, values));
  }
}
