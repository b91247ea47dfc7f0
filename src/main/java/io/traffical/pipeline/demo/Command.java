package io.traffical.pipeline.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program to run to its end, and what it says. */
record Command(List<String> words) {
  static Command of(List<String> words) {
    return new Command(List.copyOf(words));
  }

  Command and(String... more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(more));
    return of(all);
  }

  /** Returns whether the program is there and ends well. */
  boolean isPossible() {
    try {
      ProcessBuilder builder = new ProcessBuilder(words);
      builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
      return builder.start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * Runs the program in the directory.
   *
   * @throws DemoFailure with the line that says why, when it does not end well
   */
  void run(Path directory) {
    try {
      ProcessBuilder builder = new ProcessBuilder(words).directory(directory.toFile());
      Process process = builder.redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (process.waitFor() != 0) {
        throw new DemoFailure(reason(said));
      }
    } catch (IOException e) {
      throw new DemoFailure(e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DemoFailure("interrupted", e);
    }
  }

  /** Returns the first line about an error, else the last line. */
  static String reason(String said) {
    return said.lines()
        .filter(line -> line.contains("error: ") || line.contains("FATAL: "))
        .findFirst()
        .orElse(said.substring(said.lastIndexOf('\n') + 1));
  }
}
