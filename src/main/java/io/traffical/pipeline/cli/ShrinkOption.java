package io.traffical.pipeline.cli;

import picocli.CommandLine.Option;

/** The option of commands that publish. */
final class ShrinkOption {
  @Option(
      names = "--accept-shrink",
      description =
          "Publish also windows that have fewer than half of the 100 or more rows they had.")
  private boolean isAccepted;

  boolean isAccepted() {
    return isAccepted;
  }
}
