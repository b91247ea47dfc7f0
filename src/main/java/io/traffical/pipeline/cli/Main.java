package io.traffical.pipeline.cli;

/** Entry point of the job jar, on the command line and on a cluster. */
public final class Main {
  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {}
}
