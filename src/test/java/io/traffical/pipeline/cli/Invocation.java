package io.traffical.pipeline.cli;

import io.traffical.pipeline.testing.Aftermath;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What one command line printed, and its exit code. */
public record Invocation(int exitCode, String out, String err) {
  public static Invocation of(String... args) {
    return with(Map.of(), args);
  }

  public static Invocation with(Map<String, String> environment, String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.execute(
            args,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            environment);
    Invocation done =
        new Invocation(
            exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    Aftermath.hear(done.out() + done.err());
    return done;
  }
}
