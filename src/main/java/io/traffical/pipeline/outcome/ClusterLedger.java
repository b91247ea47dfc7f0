package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.stats.ExactSum;
import io.traffical.pipeline.window.Micros;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keeps the users of a unit that is a cluster of them: who was exposed, and what each did. A user
 * counts once exposed, in the numerator and in the denominator. Entries are of two kinds: that a
 * user was exposed, and a tally of a user's facts.
 */
final class ClusterLedger extends EntryLedger {
  /** The measure that exposures are; facts are measure 0. */
  static final int EXPOSURE = 1;

  private static final byte EXPOSED = 1;
  private static final byte TALLY = 2;
  private static final long NEVER = Long.MAX_VALUE;
  private static final long STORED = Long.MIN_VALUE;

  private final Aggregation aggregation;
  private final Map<Digest, User> users = new TreeMap<>();
  private byte[] totals;

  private record Digest(long high, long low) implements Comparable<Digest> {
    @Override
    public int compareTo(Digest other) {
      int order = Long.compare(high, other.high);
      return order != 0 ? order : Long.compare(low, other.low);
    }
  }

  /** How many facts a user has, and the two parts of their sum: of the past, by day, and beyond. */
  private static final class User {
    long exposedAt = NEVER;
    final double[] all = new double[SetLedger.WIDTH];
    final double[] past = new double[SetLedger.WIDTH];
    final Map<Integer, double[]> byDay = new TreeMap<>();

    static void add(double[] tally, double count, double high, double low) {
      tally[0] += count;
      ExactSum.add(tally, 1, high, low);
    }
  }

  /** A fact that is not behind the overlap. */
  private static final int NO_DAY = Integer.MAX_VALUE;

  private final long totalsTo;

  ClusterLedger(Aggregation aggregation, long totalsTo) {
    this.aggregation = aggregation;
    this.totalsTo = totalsTo;
  }

  private User user(long high, long low) {
    return users.computeIfAbsent(new Digest(high, low), digest -> new User());
  }

  @Override
  public void addBase(byte[] entries) {
    ByteBuffer past = ByteBuffer.wrap(entries);
    while (past.hasRemaining()) {
      byte kind = past.get();
      User user = user(past.getLong(), past.getLong());
      if (kind == EXPOSED) {
        user.exposedAt = STORED;
      } else {
        double count = past.getDouble();
        double high = past.getDouble();
        double low = past.getDouble();
        User.add(user.past, count, high, low);
        User.add(user.all, count, high, low);
      }
    }
  }

  @Override
  void add(long time, int measures, FactValues row, int value, int digest) {
    long high = row.digests()[digest];
    long low = row.digests()[digest + 1];
    double number = value < 0 || measures >> EXPOSURE == 1 ? 0 : row.numbers()[value];
    if ((high == 0 && low == 0) || Double.isNaN(number)) {
      return;
    }
    User user = user(high, low);
    if (measures >> EXPOSURE == 1) {
      user.exposedAt = Math.min(user.exposedAt, time);
    } else {
      int day = time < totalsTo ? (int) Math.floorDiv(time, Micros.DAY) : NO_DAY;
      double[] ofDay = user.byDay.computeIfAbsent(day, d -> new double[SetLedger.WIDTH]);
      User.add(ofDay, 1, number, 0);
      User.add(user.all, 1, number, 0);
      if (day != NO_DAY) {
        User.add(user.past, 1, number, 0);
      }
    }
  }

  /** Returns whether the fact names a user. */
  static boolean hasUser(FactValues row, int digest) {
    return row.digests()[digest] != 0 || row.digests()[digest + 1] != 0;
  }

  /** Returns whether the fact's user was exposed, as far as is known. */
  boolean isExposed(FactValues row, int digest) {
    User user = users.get(new Digest(row.digests()[digest], row.digests()[digest + 1]));
    return user != null && user.exposedAt != NEVER;
  }

  /** Returns how many facts the exposed users have. */
  long facts() {
    return users.values().stream()
        .filter(user -> user.exposedAt != NEVER)
        .mapToLong(user -> (long) user.all[0])
        .sum();
  }

  @Override
  public void settle(long overlapFrom, Days days) {
    EntryBytes past = new EntryBytes();
    Map<Integer, EntryBytes> byDay = new TreeMap<>();
    users.forEach(
        (digest, user) -> {
          if (user.exposedAt < overlapFrom) {
            past.int8(EXPOSED).int64(digest.high()).int64(digest.low());
            if (user.exposedAt != STORED) {
              day(byDay, (int) Math.floorDiv(user.exposedAt, Micros.DAY))
                  .int8(EXPOSED)
                  .int64(digest.high())
                  .int64(digest.low());
            }
          }
          if (user.past[0] > 0) {
            write(digest, user.past, past);
          }
          user.byDay.forEach(
              (day, tally) -> {
                if (day != NO_DAY) {
                  write(digest, tally, day(byDay, day));
                }
              });
        });
    totals = past.toBytes();
    byDay.forEach((day, bytes) -> days.add(day, bytes.toBytes()));
  }

  private static EntryBytes day(Map<Integer, EntryBytes> byDay, int day) {
    return byDay.computeIfAbsent(day, d -> new EntryBytes());
  }

  private static void write(Digest digest, double[] tally, EntryBytes bytes) {
    bytes.int8(TALLY).int64(digest.high()).int64(digest.low());
    for (double part : tally) {
      bytes.int64(Double.doubleToLongBits(part));
    }
  }

  @Override
  public byte[] totals() {
    return totals;
  }

  /** Returns the sum of the exposed users' values. */
  @Override
  double value() {
    ExactSum sum = new ExactSum();
    for (User user : users.values()) {
      if (user.exposedAt != NEVER) {
        switch (aggregation) {
          case CONVERSION_RATE -> sum.add(user.all[0] > 0 ? 1 : 0);
          case COUNT -> sum.add(user.all[0]);
          default -> sum.add(user.all[1], user.all[2]);
        }
      }
    }
    return sum.value();
  }

  /** Returns how many users were exposed. */
  @Override
  double denominator() {
    return users.values().stream().filter(user -> user.exposedAt != NEVER).count();
  }
}
