package io.traffical.pipeline.window;

/**
 * What a user asked for.
 *
 * @param command {@code run} or {@code backfill}
 * @param from where to recompute from; {@link Micros#BEFORE_ALL} for a full refresh, {@link
 *     Micros#AFTER_ALL} when not given
 * @param to latest end asked for; {@link Micros#AFTER_ALL} when not given
 * @param policy the only policy to work on, or null for all
 * @param metric the only metric to work on, or null for all
 * @param acceptsShrink whether windows that have lost most of their rows are published all the same
 */
public record RunRequest(
    String command, long from, long to, String policy, String metric, boolean acceptsShrink) {
  /** An incremental run up to the given time, or to the last due window. */
  public static RunRequest run(long to) {
    return new RunRequest("run", Micros.AFTER_ALL, to, null, null, false);
  }

  /** A run over past windows. */
  public static RunRequest backfill(long from, long to, String policy, String metric) {
    return new RunRequest("backfill", from, to, policy, metric, false);
  }

  /** Returns the same request of a user who accepts, or does not, that windows lose rows. */
  public RunRequest acceptingShrink(boolean accepts) {
    return new RunRequest(command, from, to, policy, metric, accepts);
  }

  boolean isBackfill() {
    return command.equals("backfill");
  }

  boolean hasFrom() {
    return from != Micros.AFTER_ALL;
  }

  boolean hasTo() {
    return to != Micros.AFTER_ALL;
  }
}
