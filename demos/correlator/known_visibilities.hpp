#pragma once

#include "correlator/setup.hpp"

namespace correlator {

/// Channelises known samples, and correlates known channels. Throws common::Error that names the
/// device if it computes wrong: a driver's compiler may, and pictures and numbers do not show it.
/// What has to be compiled for the device is, then.
void check_known_visibilities(Setup& setup);

}  // namespace correlator
