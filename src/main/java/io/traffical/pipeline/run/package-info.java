/** One run from plan to outcome. */
package io.traffical.pipeline.run;
