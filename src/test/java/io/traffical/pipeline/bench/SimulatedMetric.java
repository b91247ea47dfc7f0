package io.traffical.pipeline.bench;

import io.traffical.pipeline.stats.ArmEstimate;
import io.traffical.pipeline.stats.ArmEstimate.Kind;
import io.traffical.pipeline.stats.Comparison;
import io.traffical.pipeline.stats.Cuped;
import io.traffical.pipeline.stats.Method;
import io.traffical.pipeline.stats.PairMoments;
import io.traffical.pipeline.stats.PairMomentsBuilder;
import io.traffical.pipeline.stats.QuantilePosition;
import io.traffical.pipeline.stats.QuantileProbabilities;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** A metric whose units are drawn at random; a lift multiplies what is measured. */
enum SimulatedMetric {
  /** Skewed values, as revenue of those who buy. */
  MEAN {
    @Override
    void draw(Arm arm, RandomGenerator random, double lift) {
      arm.pairs.add((1 + lift) * Math.exp(0.5 * random.nextGaussian()), 0);
    }

    @Override
    ArmEstimate estimate(Arm arm) {
      return ArmEstimate.of(Kind.MEAN, arm.pairs.toMoments().first());
    }
  },
  PROPORTION {
    @Override
    void draw(Arm arm, RandomGenerator random, double lift) {
      arm.pairs.add(random.nextDouble() < 0.25 * (1 + lift) ? 1 : 0, 0);
    }

    @Override
    ArmEstimate estimate(Arm arm) {
      return ArmEstimate.of(Kind.PROPORTION, arm.pairs.toMoments().first());
    }
  },
  /** Values per denominator, which is larger for units whose values are larger. */
  RATIO {
    @Override
    void draw(Arm arm, RandomGenerator random, double lift) {
      int denominator = random.nextInt(6);
      double each = 5 + 0.5 * denominator + random.nextGaussian();
      arm.pairs.add((1 + lift) * denominator * each, denominator);
      arm.withDenominator += denominator > 0 ? 1 : 0;
    }

    @Override
    ArmEstimate estimate(Arm arm) {
      return ArmEstimate.ofRatio(arm.pairs.toMoments(), arm.withDenominator);
    }
  },
  /** Companies of 1 to 20 users, who are much like their colleagues. */
  CLUSTERS {
    @Override
    void draw(Arm arm, RandomGenerator random, double lift) {
      int users = 1 + random.nextInt(20);
      double ofCompany = users * (5 + random.nextGaussian());
      double ofUsers = Math.sqrt(users) * random.nextGaussian();
      arm.pairs.add((1 + lift) * (ofCompany + ofUsers), users);
    }

    @Override
    ArmEstimate estimate(Arm arm) {
      return ArmEstimate.ofClusters(arm.pairs.toMoments());
    }
  },
  /** Percentile of events, of which a unit has 1 to 5 that are much alike. */
  EVENT_PERCENTILE {
    @Override
    void draw(Arm arm, RandomGenerator random, double lift) {
      double ofUnit = random.nextGaussian();
      double[] events = new double[1 + random.nextInt(5)];
      for (int i = 0; i < events.length; i++) {
        events[i] = (1 + lift) * Math.exp(0.4 * (ofUnit + random.nextGaussian()));
      }
      arm.values.add(events);
    }

    @Override
    ArmEstimate estimate(Arm arm) {
      return percentile(arm, 0.75);
    }
  },
  UNIT_PERCENTILE {
    @Override
    void draw(Arm arm, RandomGenerator random, double lift) {
      arm.values.add(new double[] {(1 + lift) * Math.exp(0.5 * random.nextGaussian())});
    }

    @Override
    ArmEstimate estimate(Arm arm) {
      return percentile(arm, 0.5);
    }
  },
  /** A mean with a covariate of correlation 0.8. */
  CUPED {
    @Override
    void draw(Arm arm, RandomGenerator random, double lift) {
      drawCorrelated(arm, random, lift, 0.8);
    }

    @Override
    ArmEstimate estimate(Arm arm) {
      return ArmEstimate.of(Kind.MEAN, arm.pairs.toMoments().first());
    }

    @Override
    Comparison compare(Arm control, Arm treatment, Method method) {
      return cuped(control, treatment, method).comparison();
    }
  };

  /** The units that an arm has got so far. */
  static final class Arm {
    private final PairMomentsBuilder pairs = new PairMomentsBuilder();
    private final List<double[]> values = new ArrayList<>();
    private long withDenominator;

    private PairMoments sharesUpTo(double value) {
      PairMomentsBuilder shares = new PairMomentsBuilder();
      for (double[] unit : values) {
        int atMost = 0;
        for (double event : unit) {
          atMost += event <= value ? 1 : 0;
        }
        shares.add(atMost, unit.length);
      }
      return shares.toMoments();
    }
  }

  abstract void draw(Arm arm, RandomGenerator random, double lift);

  abstract ArmEstimate estimate(Arm arm);

  void draw(Arm arm, int units, RandomGenerator random, double lift) {
    for (int i = 0; i < units; i++) {
      draw(arm, random, lift);
    }
  }

  Comparison compare(Arm control, Arm treatment, Method method) {
    return Comparison.of(estimate(control), estimate(treatment), method);
  }

  /** Draws an outcome around 5 and a covariate around 3 of the correlation. */
  static void drawCorrelated(Arm arm, RandomGenerator random, double lift, double correlation) {
    double history = random.nextGaussian();
    double rest = Math.sqrt(1 - correlation * correlation) * random.nextGaussian();
    arm.pairs.add((1 + lift) * (5 + correlation * history + rest), 3 + history);
  }

  static Cuped cuped(Arm control, Arm treatment, Method method) {
    PairMoments a = control.pairs.toMoments();
    PairMoments b = treatment.pairs.toMoments();
    return Cuped.compare(a, b, Kind.MEAN, a.n() + b.n(), method);
  }

  private static ArmEstimate percentile(Arm arm, double q) {
    double[] ascending = arm.values.stream().flatMapToDouble(Arrays::stream).sorted().toArray();
    QuantileProbabilities at = QuantileProbabilities.of(q, ascending.length, 0.95);
    double value = QuantilePosition.valueIn(ascending, q);
    return ArmEstimate.ofQuantile(
        at,
        value,
        QuantilePosition.valueIn(ascending, at.lower()),
        QuantilePosition.valueIn(ascending, at.upper()),
        arm.sharesUpTo(value));
  }
}
