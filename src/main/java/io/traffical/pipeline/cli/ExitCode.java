package io.traffical.pipeline.cli;

import io.traffical.pipeline.run.RunFailure;
import java.util.LinkedHashMap;
import java.util.Map;

/** How the program ends. A signal ends it with 128 plus the signal's number (130, 143). */
enum ExitCode {
  DONE(0, "done"),
  USAGE(1, "wrong usage, or the file or a definition in it does not fit; nothing was run"),
  REFUSED(2, "the database refused the credentials or a privilege"),
  UNREACHABLE(3, "the database cannot be reached"),
  FAILED(4, "the run failed, or a part of it; what failed was not published"),
  BUSY(5, "another run is active"),
  STALE(10, "with --check: something is stale or failing"),
  ATTENTION(11, "an experiment needs attention: a check of its health fails");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  int code() {
    return code;
  }

  static ExitCode of(RunFailure failure) {
    return switch (failure.kind()) {
      case CONFIG -> USAGE;
      case PERMISSION -> REFUSED;
      case UNAVAILABLE -> UNREACHABLE;
      case FAILED, CLUSTER -> FAILED;
      case BUSY -> BUSY;
    };
  }

  /** Returns every code with its meaning, for help texts. */
  static Map<String, String> list() {
    Map<String, String> list = new LinkedHashMap<>();
    for (ExitCode exit : values()) {
      list.put(" " + exit.code, exit.meaning);
    }
    list.put("130, 143", "stopped by SIGINT or SIGTERM; what was not published is undone");
    return list;
  }
}
